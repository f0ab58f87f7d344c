/** Labels that an issue form brings: only their time tells them from a person's. */

/**
 * An issue form's labels are put on within the second in which the issue is made, whoever files it, and nothing else
 * that GitHub says tells them from a person's. Nobody finds the label by hand in that time. Milliseconds.
 */
const FORM_WINDOW = 2000

export function isByForm({ opened, labelled }: { opened: string; labelled: string }): boolean {
  return Date.parse(labelled) - Date.parse(opened) <= FORM_WINDOW
}
