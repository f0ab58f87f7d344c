/** What a comment asks for: `/mill <verb> [words]` on its first line, or nothing. */
import { nearest } from './config/nearest.ts'

/** In the order in which help lists them. */
export const VERBS = [
  'help',
  'status',
  'explain',
  'approve',
  'revise',
  'retry',
  'stop',
  'pause',
  'resume',
  'hold',
  'unhold',
] as const
export type Verb = (typeof VERBS)[number]

/** Verbs that a later version understands: whoever tries one has read of it, and means no other. */
export const LATER_VERBS: readonly string[] = ['plan', 'rewind', 'release', 'budget', 'trust']

/** What people say to other bots for the same thing, too far away for a typing mistake. */
const OTHER_WORDS: Readonly<Record<string, Verb>> = {
  abort: 'stop',
  cancel: 'stop',
  kill: 'stop',
  accept: 'approve',
  lgtm: 'approve',
  change: 'revise',
  again: 'retry',
  rerun: 'retry',
  continue: 'resume',
  unpause: 'resume',
  wait: 'pause',
  why: 'explain',
  commands: 'help',
}

export type ParsedCommand =
  /** `text`: the rest of the first line, then the other lines as they are. Raw. */
  | { readonly kind: 'command'; readonly verb: Verb; readonly text: string }
  /** `verb` is what stands in its place, raw; `meant` the known one that it is near to. */
  | { readonly kind: 'unknown'; readonly verb: string; readonly meant?: Verb }
  | { readonly kind: 'none' }

/** What a page shows as a gap. Not what draws nothing (U+FEFF, U+200B): that would hide a command, or a part of it. */
const GAPS = ' \\t\\u00A0\\u2000-\\u200A\\u202F\\u205F\\u3000'
const GAP = new RegExp(`[${GAPS}]+`)
const LEADING_GAP = new RegExp(`^[${GAPS}]+`)
/**
 * Empty lines in front are no line to whoever reads the page. Four spaces or a tab would begin a code block. Without
 * the flag `u`, `i` folds ASCII letters alone, so no look-alike counts as one of ours. Each part can match in one way
 * only, or a page of line ends would take for ever.
 */
const COMMAND = new RegExp(
  `^(?:[ \\t]*[\\r\\n])* {0,3}/mill(?:[${GAPS}]+([^\\r\\n${GAPS}]*)|(?=[\\r\\n]|$))`,
  'i',
)
const LINE_END = /\r\n?|\n/
/** `/mill stop!` and `/mill revise: …` say what they say. */
const PUNCTUATION = /[.,;:!?]+$/

/**
 * Total. Quotes, lists, code, HTML and sentences do not begin with `/mill`, so none of them is a command; neither is
 * anything behind the first line. `/mill` alone asks for help.
 */
export function parseCommand(body: string): ParsedCommand {
  const found = COMMAND.exec(body)
  if (!found) return { kind: 'none' }
  const word = found[1] ?? ''
  const text = body.slice(found[0].length).replace(LEADING_GAP, '')
  if (word === '') return { kind: 'command', verb: 'help', text }
  const verb = verbOf(word)
  if (verb) return { kind: 'command', verb, text }
  const meant = meantBy(word)
  return meant ? { kind: 'unknown', verb: word, meant } : { kind: 'unknown', verb: word }
}

/** The words behind the verb on the first line; the lines below it are for people, or the text of a remark. */
export function wordsOf(text: string): string[] {
  const line = text.split(LINE_END, 1)[0] ?? ''
  return line.split(GAP).filter((word) => word !== '')
}

function verbOf(word: string): Verb | undefined {
  const bare = word.replace(PUNCTUATION, '')
  // Lower case of some other letters is ASCII (the Kelvin sign's is `k`); those are not ours.
  if (!/^[a-z]+$/i.test(bare)) return undefined
  return VERBS.find((verb) => verb === bare.toLowerCase())
}

function meantBy(word: string): Verb | undefined {
  const bare = word.replace(PUNCTUATION, '').toLowerCase()
  if (isLater(word)) return undefined
  if (Object.hasOwn(OTHER_WORDS, bare)) return OTHER_WORDS[bare]
  const near = nearest(bare, VERBS)
  return VERBS.find((verb) => verb === near)
}

export function isLater(word: string): boolean {
  return LATER_VERBS.includes(word.replace(PUNCTUATION, '').toLowerCase())
}
