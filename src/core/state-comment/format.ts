/** The format of the state comment's hidden lines, shared by both directions. */

/** What the codec needs of the Signer port, which core may not import. */
export interface CommentSigner {
  sign(purpose: string, text: string): string
  keyOf(purpose: string, text: string, signature: string): 'current' | 'previous' | undefined
  hash(text: string): string
  deflate(text: string): string
  inflate(packed: string, limit: number): string | undefined
}

/** Where a comment stands. All of it is signed, so an envelope copied elsewhere is recognised. */
export interface CommentBinding {
  readonly repoId: number
  readonly issue: number
  readonly commentId: number
}

/** Any sign of ours, however damaged: text that people may write must never hold it. */
export const ANY_MARKER = /<!--\s*millwright/gi
export const BARE_LINE = /^<!-- millwright:run ([a-z0-9]{8,32}) -->$/gm
/**
 * `v1 <repo>.<issue>.<comment>.<rev>.<packed>.<signature>`. The place and rev stand in clear, so that nothing is
 * inflated before the signature over all of it was checked; base64url cannot hold the `>` that would end the comment.
 */
export const STATE_LINE =
  /^<!-- millwright:state v(\d{1,4}) (\d{1,16})\.(\d{1,16})\.(\d{1,16})\.(\d{1,10})\.([\w-]+)\.([\w-]+) -->$/gm
export const TEXTS_LINE = /^<!-- millwright:texts v1 ([\w-]+) -->$/gm

/** What our comments hold that carry no state: moved texts, replies, reviews, patches, answers. */
export const OTHER_LINE = /^<!-- millwright:(?:texts v1 [\w-]+|(?:reply|review|patch|answer):[\w.:-]+) -->$/gm

export const FORMAT_VERSION = 1
export const PURPOSE = 'state-comment'
/** Characters of the state line: what may be lost to an edit by hand stays small, and the visible part has room. */
export const MAX_ENVELOPE = 24_000
/** Characters after inflating: far above any state, far below what hurts. */
export const MAX_INFLATED = 2_000_000

/** What is signed: everything in the line but the signature. */
export function signedText(place: CommentBinding, rev: number, packed: string): string {
  const { repoId, issue, commentId } = place
  return `millwright:state v${FORMAT_VERSION} ${repoId}.${issue}.${commentId}.${rev}.${packed}`
}

/** Stands in the packed state for the text at this position of the second comment. No state holds such an object. */
export interface MovedText {
  readonly $moved: number
}

/** What is deflated: the state, and the hash of the texts that were moved out of it. */
export interface Packed {
  readonly state: unknown
  readonly texts?: string
}

export function isMovedText(value: unknown): value is MovedText {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === 1 &&
    '$moved' in value &&
    typeof value.$moved === 'number'
  )
}

/** Rebuilds a JSON value with every leaf (texts, numbers, moved texts) passed through `change`. */
export function mapLeaves(
  value: unknown,
  change: (leaf: unknown, path: string) => unknown,
  path = '',
): unknown {
  if (isMovedText(value)) return change(value, path)
  if (Array.isArray(value)) return value.map((item, index) => mapLeaves(item, change, `${path}/${index}`))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change, `${path}/${key}`)]),
    )
  }
  return change(value, path)
}
