/** Reads the state comment back. Nothing of it is believed, and nothing inflated, before its signature was checked. */
import type { RunState } from '../state.ts'
import { runState, SCHEMA_VERSION } from '../state.ts'
import type { CommentBinding, CommentSigner } from './format.ts'
import {
  ANY_MARKER,
  BARE_LINE,
  FORMAT_VERSION,
  isMovedText,
  mapLeaves,
  MAX_ENVELOPE,
  MAX_INFLATED,
  OTHER_LINE,
  PURPOSE,
  signedText,
  STATE_LINE,
  TEXTS_LINE,
} from './format.ts'
import { upToDate } from './migrations.ts'

type RefusedWhy =
  | 'bad_signature'
  /** Signed by us, for another repository, issue or comment. */
  | 'wrong_place'
  | 'malformed'
  | 'too_large'
  | 'unknown_schema'
  | 'duplicate_marker'
  /** Signed by us, but the second comment with its longest texts was not given or was changed. */
  | 'texts_missing'

type Decoded =
  /** `oldKey`: signed with the secret before the present one; the next save signs with the present one. */
  | { readonly kind: 'state'; readonly state: RunState; readonly oldKey: boolean }
  /** Posted by us, not yet edited to carry a state: a run that a crash left behind. */
  | { readonly kind: 'bare'; readonly run: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly why: RefusedWhy }

interface Decoding {
  readonly signer: CommentSigner
  readonly binding: CommentBinding
  /** Bodies of comments that may hold spilled texts; found by hash, so any others do no harm. */
  readonly spilled?: readonly string[]
}

/** Whole comments are 65,536 characters at GitHub; anything longer did not come from there. */
const MAX_COMMENT = 70_000

const refuse = (why: RefusedWhy): Decoded => ({ kind: 'refused', why })

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}

function texts(hash: string, { signer, spilled }: Decoding): readonly unknown[] | undefined {
  for (const body of spilled ?? []) {
    for (const [, packed = ''] of body.matchAll(TEXTS_LINE)) {
      if (signer.hash(packed) !== hash) continue
      const value: unknown = parse(signer.inflate(packed, MAX_INFLATED) ?? '')
      if (Array.isArray(value)) return value as unknown[]
    }
  }
  return undefined
}

function open(json: string, decoding: Decoding): { state: unknown } | RefusedWhy {
  const content = parse(json)
  if (typeof content !== 'object' || content === null || !('state' in content)) return 'malformed'
  if (!('texts' in content)) return { state: content.state }
  if (typeof content.texts !== 'string') return 'malformed'
  const moved = texts(content.texts, decoding)
  if (!moved) return 'texts_missing'
  return { state: mapLeaves(content.state, (leaf) => (isMovedText(leaf) ? moved[leaf.$moved] : leaf)) }
}

function decodeLine(match: RegExpMatchArray, decoding: Decoding): Decoded {
  const [line, version, repoId, issue, commentId, rev, packed = '', signature = ''] = match
  if (Number(version) !== FORMAT_VERSION) return refuse('unknown_schema')
  if (line.length > MAX_ENVELOPE) return refuse('too_large')
  const place = { repoId: Number(repoId), issue: Number(issue), commentId: Number(commentId) }
  const signed = signedText(place, Number(rev), packed)
  const { signer, binding } = decoding
  const key = signer.keyOf(PURPOSE, signed, signature)
  if (!key || line !== `<!-- ${signed}.${signature} -->`) return refuse('bad_signature')
  const here =
    place.repoId === binding.repoId && place.issue === binding.issue && place.commentId === binding.commentId
  if (!here) return refuse('wrong_place')
  const json = signer.inflate(packed, MAX_INFLATED)
  if (json === undefined) return refuse('too_large')
  const opened = open(json, decoding)
  if (typeof opened === 'string') return refuse(opened)
  const state = check(opened.state, Number(rev))
  return typeof state === 'string' ? refuse(state) : { kind: 'state', state, oldKey: key === 'previous' }
}

function check(read: unknown, rev: number): RunState | RefusedWhy {
  const value = upToDate(read)
  const parsed = runState.safeParse(value)
  if (parsed.success) return parsed.data.rev === rev ? parsed.data : 'malformed'
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
  return typeof schema === 'number' && schema !== SCHEMA_VERSION ? 'unknown_schema' : 'malformed'
}

/**
 * The state in a comment's body, if it is there, whole, ours and for this place; brought up to date where an older
 * program wrote it. A body with more than one marker is refused: which one counts would be up to whoever added it. Never
 * throws.
 */
export function decodeStateComment(body: string, decoding: Decoding): Decoded {
  if (body.length > MAX_COMMENT) return refuse('too_large')
  // GitHub may answer with CRLF for a comment that was edited in the browser.
  const text = body.replaceAll('\r\n', '\n')
  const markers = [...text.matchAll(ANY_MARKER)].length
  if (markers === [...text.matchAll(OTHER_LINE)].length) return { kind: 'none' }
  if (markers > 1) return refuse('duplicate_marker')
  const [stateLine] = text.matchAll(STATE_LINE)
  if (stateLine) return decodeLine(stateLine, decoding)
  const [bare] = text.matchAll(BARE_LINE)
  return bare ? { kind: 'bare', run: bare[1] ?? '' } : refuse('malformed')
}
