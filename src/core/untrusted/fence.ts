/** The fence: the one function by which text from outside enters a prompt. */
import { showInvisible, showName } from './invisible.ts'

const NONCE = /^[A-Za-z0-9_-]{8,64}$/
/** A line that opens or closes a fence, whatever its nonce; neutralised inside, so that no text can seem to end one. */
const LOOKS_LIKE_FENCE = /^([ \t>]*)<<<(?=[ \t]*(?:end[ \t]+)?outside\b)/gimu

/**
 * `text` between an opening and a closing line that carry `label` and `nonce`. Inside, unseen characters are made
 * visible, the nonce (in any letter case) and lines that look like a fence are neutralised; nothing else changes.
 *
 * The nonce comes from the caller, derived from the run id, so that prompts are byte-stable within a run and the
 * writer of the text cannot know it: 8 to 64 letters, digits, `_` or `-`; anything else is a RangeError, a bug of ours.
 */
export function fence(label: string, text: string, nonce: string): string {
  if (!NONCE.test(nonce)) throw new RangeError('fence: the nonce is not 8 to 64 letters, digits, _ or -')
  const name = showName(label).replaceAll(/[<>]/g, '').slice(0, 200)
  const inside = showInvisible(text)
    .text.replaceAll(new RegExp(nonce, 'gi'), '[fence mark]')
    .replaceAll(LOOKS_LIKE_FENCE, '$1[fence] ')
  const title = name.replaceAll(new RegExp(nonce, 'gi'), '[fence mark]')
  return `<<<outside ${title} ${nonce}>>>\n${inside}\n<<<end outside ${title} ${nonce}>>>`
}
