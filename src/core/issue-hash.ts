/** The text that stands for an issue when it is hashed: what the labeller saw is what the run is bound to. */

/**
 * Canonical text of a title and a raw body; hash it with `Signer.hash`. The title's length keeps the border between
 * the two from moving. Line ends are made equal, since GitHub's API, its webhooks and its web editor differ in them;
 * nothing else is, or an edit could pass unseen.
 */
export function issueText(issue: { title: string; body: string | null }): string {
  const equal = (text: string): string => text.replaceAll('\r\n', '\n')
  const title = equal(issue.title)
  return `millwright issue v1\n${title.length}\n${title}\n${equal(issue.body ?? '')}`
}
