/** Writes the state comment. */
import type { RunState } from '../state.ts'
import type { CommentBinding, CommentSigner, Packed } from './format.ts'
import {
  ANY_MARKER,
  FORMAT_VERSION,
  mapLeaves,
  MAX_ENVELOPE,
  MAX_INFLATED,
  PURPOSE,
  signedText,
} from './format.ts'

/** Characters of a whole comment. GitHub refuses more than 65,536; the rest is room for what it counts differently. */
const MAX_BODY = 60_000
/** A shorter text costs about as much as the reference that would replace it. */
const WORTH_MOVING = 120

export interface Encoding {
  /** What people see; Markdown with every code block closed. */
  readonly visible: string
  readonly state: RunState
  readonly signer: CommentSigner
  readonly binding: CommentBinding
}

/** `spill` is the body of a second comment with the longest texts; `hash` names it, and the same texts the same way. */
export type Encoded =
  | {
      readonly ok: true
      readonly body: string
      readonly spill?: { readonly hash: string; readonly text: string }
    }
  | { readonly ok: false; readonly problem: string }

/** The line a run's comment is first posted with, before its id is known; found again after a crash. */
export function bareMarker(run: string): string {
  return `<!-- millwright:run ${run} -->`
}

/** The places of texts that are worth moving, longest first; equal ones in the order of the state. */
function longestTexts(state: RunState): string[] {
  const found: { path: string; length: number }[] = []
  mapLeaves(state, (leaf, path) => {
    if (typeof leaf === 'string' && leaf.length >= WORTH_MOVING) found.push({ path, length: leaf.length })
    return leaf
  })
  return found.sort((a, b) => b.length - a.length).map(({ path }) => path)
}

interface Line {
  readonly line: string
  readonly spill: { hash: string; text: string } | undefined
}

/** The signed line with the texts at `moved` taken out into a second comment. */
function lineOf({ state, signer, binding }: Encoding, moved: ReadonlySet<string>): Line | undefined {
  const texts: string[] = []
  const kept = mapLeaves(state, (leaf, path) => {
    if (typeof leaf !== 'string' || !moved.has(path)) return leaf
    const known = texts.indexOf(leaf)
    return { $moved: known < 0 ? texts.push(leaf) - 1 : known }
  })
  const packedTexts = texts.length > 0 ? signer.deflate(JSON.stringify(texts)) : undefined
  const hash = packedTexts === undefined ? undefined : signer.hash(packedTexts)
  const content: Packed = hash === undefined ? { state: kept } : { state: kept, texts: hash }
  const json = JSON.stringify(content)
  if (json.length > MAX_INFLATED) return undefined
  const packed = signer.deflate(json)
  const signed = signedText(binding, state.rev, packed)
  const line = `<!-- ${signed}.${signer.sign(PURPOSE, signed)} -->`
  const text = packedTexts === undefined ? '' : `<!-- millwright:texts v${FORMAT_VERSION} ${packedTexts} -->`
  return { line, spill: hash === undefined ? undefined : { hash, text } }
}

/**
 * The body of the state comment, and of a second one where the state is too long for 24 kB. The spilled body must be
 * posted before the first is edited to point at it. Refused with a sentence when the visible part holds one of our
 * markers, or when the texts fit into no comment. Never throws.
 */
export function encodeStateComment(encoding: Encoding): Encoded {
  const { visible, state } = encoding
  if (visible.search(ANY_MARKER) >= 0) {
    return { ok: false, problem: 'the visible part of the state comment holds one of our own markers' }
  }
  const longest = longestTexts(state)
  // Doubling, so that a large state costs a handful of attempts and not one for each of its texts.
  for (let count = 0; ; count = count === 0 ? 1 : Math.min(count * 2, longest.length)) {
    const attempt = lineOf(encoding, new Set(longest.slice(0, count)))
    if (attempt && attempt.line.length <= MAX_ENVELOPE) return finish(visible, attempt)
    if (count >= longest.length) break
  }
  return { ok: false, problem: `the state of run ${state.run} does not fit into ${MAX_ENVELOPE} characters` }
}

function finish(visible: string, { line, spill }: Line): Encoded {
  const body = `${visible.trimEnd()}\n\n${line}`
  if (body.length > MAX_BODY) {
    return {
      ok: false,
      problem: `the state comment would have ${body.length} characters; ${MAX_BODY} are allowed`,
    }
  }
  if (!spill) return { ok: true, body }
  if (spill.text.length > MAX_BODY) {
    return {
      ok: false,
      problem: `the texts of the run need ${spill.text.length} characters; ${MAX_BODY} are allowed`,
    }
  }
  return { ok: true, body, spill }
}
