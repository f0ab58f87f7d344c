/** Characters that render as nothing, made visible: what a model reads must be what a person can see. */

/**
 * Everything that draws no ink or reorders what does: controls (so ANSI and OSC sequences lose their escape), bidi and
 * zero-width characters, fillers, tags, variation selectors, lone surrogates, non-characters. By Unicode property where
 * there is one, so that reserved code points which renderers also drop are covered; the rest by number.
 */
const UNSEEN =
  '[\\p{Cc}--[\\n\\t]]|\\p{Cs}|\\p{Default_Ignorable_Code_Point}|\\p{Bidi_Control}|\\p{Noncharacter_Code_Point}' +
  '|[\\u2028\\u2029\\u2800\\uFFF9-\\uFFFB\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E0FFF}]'

const PICTURE = '\\p{Extended_Pictographic}[\\uFE0E\\uFE0F]?\\p{Emoji_Modifier}?'
/** Scripts in which a joiner changes the shape of the letters around it, so that it is seen after all. */
const JOINING = ['Arabic', 'Devanagari', 'Bengali', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala']
  .map((script) => `\\p{Script=${script}}`)
  .join('')

/**
 * The same characters where they belong: emoji with a presentation selector, emoji joined into one, keycaps, the three
 * flags that are made of tags (only these three: any other tag sequence is a way to write hidden ASCII), joiners inside
 * a word of a joining script.
 */
const SEEN =
  `\\p{RGI_Emoji}|${PICTURE}(?:\\u200D${PICTURE})*|[#*0-9]\\uFE0F\\u20E3` +
  `|(?<=[${JOINING}])[\\u200C\\u200D](?=[${JOINING}])`

const EITHER = new RegExp(`(?<seen>${SEEN})|(?<unseen>(?:${UNSEEN})+)`, 'gv')

function hex(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** One run of unseen characters, first to last with their number: a run of thousands must not become a page of codes. */
function inBrackets(characters: readonly string[]): string {
  const first = hex(characters[0] ?? '')
  const last = hex(characters.at(-1) ?? '')
  if (characters.length === 1) return `[${first}]`
  const mixed = characters.some((character) => hex(character) !== first)
  return `[${mixed ? `${first}..${last}` : first} x${characters.length}]`
}

/**
 * Replaces every unseen character by `[U+XXXX]`, a run by `[U+XXXX x7]` or, mixed, `[U+XXXX..U+YYYY x7]`. CRLF becomes
 * LF first. `hidden` counts the characters replaced. Idempotent; text without such characters comes back as it was.
 */
export function showInvisible(text: string): { text: string; hidden: number } {
  let hidden = 0
  const shown = text
    .replaceAll('\r\n', '\n')
    .replaceAll(EITHER, (match: string, seen: string | undefined) => {
      if (seen !== undefined) return match
      const characters = Array.from(match)
      hidden += characters.length
      return inBrackets(characters)
    })
  return { text: shown, hidden }
}

/** A file name, branch name or login as one line of visible characters: names are outside text too. */
export function showName(name: string): string {
  return showInvisible(name.replaceAll('\n', '[U+000A]').replaceAll('\t', '[U+0009]')).text
}
