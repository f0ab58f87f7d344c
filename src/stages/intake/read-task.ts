/** Takes the text of an issue: cleaned, cut, bound by its hash; and finds out whether there is anything to go by. */
import type { AskedText } from '../../core/state.ts'
import type { TaskSpec } from '../../core/task-spec.ts'
import { cleanInbound, oneLine } from '../../core/untrusted.ts'
import type { Comment } from '../../ports/forge.ts'

/** Characters of an issue that the dossier has room for; about 15,000 tokens. */
const BODY_ROOM = 60_000
/** GitHub's own limit is 256. */
const TITLE_ROOM = 300
/** A title of four words can name a thing and what is wrong with it; a shorter one without a text cannot. */
const TELLING_TITLE = 4

const KINDS: readonly (readonly [TaskSpec['kind'], RegExp])[] = [
  ['bug', /\b(?:bug|defect|regression|fix)\b/i],
  ['documentation', /\b(?:docs?|documentation)\b/i],
  ['feature', /\b(?:enhancement|feature)\b/i],
  ['chore', /\b(?:chore|maintenance|dependencies|refactor(?:ing)?|cleanup)\b/i],
]

/** By the repository's own labels; what they do not say, the intake agent may. */
function kindOf(labels: readonly string[]): TaskSpec['kind'] {
  return KINDS.find(([, pattern]) => labels.some((label) => pattern.test(label)))?.[0] ?? 'unknown'
}

/** The task as it was asked for, before anybody understood it. `answers` are by people who may speak for the issue. */
export function readTask(
  text: AskedText,
  { labels, answers }: { labels: readonly string[]; answers: readonly Comment[] },
): TaskSpec {
  const title = cleanInbound(text.title)
  const said = answers.map((answer) => `Answer by ${answer.author?.login ?? 'someone'}:\n\n${answer.body}`)
  const body = cleanInbound([text.body, ...said].filter((part) => part.trim() !== '').join('\n\n'))
  const kept = body.text.slice(0, BODY_ROOM)
  return {
    title: oneLine(title.text, TITLE_ROOM) || 'Untitled',
    body: kept,
    kind: kindOf(labels),
    problem: '',
    wanted: '',
    hints: [],
    links: [],
    duplicates: [],
    hash: text.hash,
    hidden_characters: title.hidden + body.hidden,
    cut_characters: body.text.length - kept.length,
  }
}

/** Questions when there is nothing to go by; none when a start can be made, however short the text. */
export function openQuestions(
  issue: Pick<AskedText, 'title' | 'body'>,
  answers: readonly Comment[],
): string[] {
  // A template that nobody filled in is mostly comments, headings and empty boxes.
  const written = [issue.body, ...answers.map((answer) => answer.body)]
    .join('\n')
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replaceAll(/^\s*(?:#{1,6}\s.*|[-*]\s*\[[ x]\]\s*|_No response_)\s*$/gim, '')
    .trim()
  const words = issue.title.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word))
  if (written !== '' || words.length >= TELLING_TITLE) return []
  return [
    'What happens now? The exact input or steps, and the exact output or error message, help most.',
    'What should happen instead, for the same input?',
    'Where does it show: which function, command or page, and in which version?',
    'How can one tell that it is solved? One example that works afterwards is enough.',
  ]
}
