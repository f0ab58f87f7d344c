/** What is said where the database was lost and a run's comment can't take its place. */
import { cell } from './evidence-table.ts'

/**
 * `url`: the comment that is not believed. `editor`: who edited it last, where that is known and was not us. Without the
 * database nobody can tell what we wrote from what was put there instead.
 */
export function notBelievedNote(url: string, editor?: string): string {
  const who = editor === undefined ? 'It is not as I wrote it' : `${cell(editor, 60)} edited it last`
  return `I lost my database, and can't believe ${commentLink(url)}, which would tell me how far I was. ${who}, so I leave it and everything that came of that run as it is. To start over, take the label off this issue and add it again.`
}

function commentLink(url: string): string {
  const words = 'my comment about the run here'
  return /^https?:\/\/[\w:/.#?=-]+$/.test(url) ? `[${words}](${url})` : words
}
