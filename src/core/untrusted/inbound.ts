/** Text on its way in: what a rendered page would hide from a reader is turned into visible text, never dropped. */
import { maskCode } from './code-spans.ts'
import { showInvisible } from './invisible.ts'

interface Inbound {
  /** The text as every model gets it, and as a person can be shown it. */
  readonly text: string
  /** How many characters a reader of the rendered page did not see. */
  readonly hidden: number
}

/** Marks of code set by maskCode: U+FDD0 around inline code, U+FDD1 around blocks. No construct here spans a block. */
interface Tally {
  hidden: number
}

/** Hidden text as plain words: nothing in it can begin markup of its own, nor a line, so a second pass finds nothing. */
function plain(body: string): string {
  return body
    .trim()
    .replaceAll('`', "'")
    .replaceAll('<', '‹')
    .replaceAll('![', '! [')
    .replaceAll(/\](?=[:([])/g, '] ')
    .replaceAll('\n', '\n| ')
}

/** Raw HTML that is no tag: declarations, CDATA, processing instructions, closing "tags" that name nothing. */
const ODD_HTML =
  /<!\[CDATA\[([^\uFDD1]*?)(?:\]\]>|$)|<([?!][^>\uFDD1]*)(?:>|$)|<(\/[^a-z>\uFDD1][^>\uFDD1]*)(?:>|$)/gi
const NAME = '[a-zA-Z][a-zA-Z0-9:-]*'
const ATTRIBUTE =
  '[\\s/]+[^\\s"\'<>/=\\uFDD1]+(?:\\s*=\\s*(?:"[^"\\uFDD1]*"|\'[^\'\\uFDD1]*\'|[^\\s"\'=<>`\\uFDD1]+))?'
const TAG = new RegExp(`<(/?)(${NAME})((?:${ATTRIBUTE})*)[\\s/]*>`, 'g')
const ALT = /\salt\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))/i
/** A reference definition renders as nothing; `[^1]:` is a footnote, which is shown. */
const DEFINITION =
  /^((?:[ \t]|>|[-*+]|\d{1,9}[.)])*)\[(?!\^)((?:\\.|[^[\]\\\uFDD1]){1,1000})\]:([^\n\uFDD1]*)$/gm
const TITLE =
  /\]\(([^\s()\uFDD1]*|<[^<>\n\uFDD1]*>)[ \t\n]+(?:"([^"\uFDD1]*)"|'([^'\uFDD1]*)'|\(([^()\uFDD1]*)\))\s*\)/g

function showTags(text: string, tally: Tally): string {
  return text.replaceAll(TAG, (match: string, ...[slash = '', rawName = '', attributes = '']: string[]) => {
    const name = rawName.toLowerCase()
    if (name === 'details') return slash ? '[end of collapsed part]' : '[collapsed part]'
    if (name === 'img') {
      const alt = ALT.exec(attributes)
      return `[image: ${plain(alt?.[1] ?? alt?.[2] ?? alt?.[3] ?? '')}]`
    }
    if (attributes.trim() === '') return match
    tally.hidden += attributes.trim().length
    return `[html: ${slash}${name} ${plain(attributes)}]`
  })
}

/** The index after the bracket that closes the one at `from`; -1 when none does within `limit` characters. */
function closing(text: string, from: number, limit: number): number {
  const open = text[from]
  const close = open === '[' ? ']' : ')'
  let depth = 0
  for (let index = from; index < Math.min(text.length, from + limit); index += 1) {
    const character = text[index]
    if (character === '\\') index += 1
    else if (character === '\uFDD1' || text.startsWith('\n\n', index)) return -1
    else if (character === open) depth += 1
    else if (character === close && --depth === 0) return index + 1
  }
  return -1
}

/** The end of an image's address: of any length when it holds no bracket (pasted data), else within 2,000 characters. */
function targetEnd(text: string, from: number): number {
  const end = text.indexOf(text[from] === '[' ? ']' : ')', from)
  if (end < 0) return -1
  const inner = text.slice(from + 1, end)
  if (inner.length > 2000 && !/[[(\\\uFDD1]|\n\n/.test(inner)) return end + 1
  return closing(text, from, 2000)
}

/** `![alt](url "title")`, `![alt][ref]` and `![alt]` as `[image: alt]`: nobody fetches it, and nobody reads the URL. */
function showImages(text: string): string {
  let out = ''
  let at = 0
  for (let start = text.indexOf('!['); start >= 0; start = text.indexOf('![', at)) {
    // The longest alt text and address that are worth the search; longer ones keep their words and lose nothing.
    const altEnd = closing(text, start + 1, 2000)
    out += text.slice(at, start)
    if (altEnd < 0) {
      out += '! ['
      at = start + 2
      continue
    }
    const target = text[altEnd] === '(' || text[altEnd] === '[' ? targetEnd(text, altEnd) : -1
    out += `[image: ${plain(text.slice(start + 2, altEnd - 1))}]`
    at = target < 0 ? altEnd : target
  }
  return out + text.slice(at)
}

function showDefinitions(text: string, tally: Tally): string {
  return text.replaceAll(DEFINITION, (_match, ...[before = '', label = '', rest = '']: string[]) => {
    tally.hidden += label.length + rest.trim().length
    return `${before}[hidden reference: ${plain(label)}${rest.trim() === '' ? '' : ` ${plain(rest)}`}]`
  })
}

function showTitles(text: string, tally: Tally): string {
  return text.replaceAll(TITLE, (_match, url: string, ...titles: (string | undefined)[]) => {
    const title = titles.slice(0, 3).find((candidate) => candidate !== undefined) ?? ''
    tally.hidden += title.length
    return `](${url}) [link title: ${plain(title)}]`
  })
}

/** One pass over text without unseen characters. */
function showMarkup(text: string, tally: Tally): string {
  const masked = maskCode(text, (body) => {
    tally.hidden += body.length
    return `[hidden comment: ${plain(body)}]`
  })
  const odd = masked.text.replaceAll(ODD_HTML, (_match, ...parts: (string | undefined)[]) => {
    const body = parts.slice(0, 3).find((part) => part !== undefined) ?? ''
    tally.hidden += body.length
    return `[hidden markup: ${plain(body)}]`
  })
  const tagged = showTags(odd, tally)
  return masked.unmask(showTitles(showDefinitions(showImages(tagged), tally), tally))
}

/**
 * Makes everything visible that GitHub's page would not show: unseen characters as `[U+XXXX]`, HTML comments (closed
 * or not), reference definitions, tag attributes, link titles as labelled text, images as `[image: alt]` without their
 * address, `<details>` as a plain mark. Nothing is dropped but image addresses, so what the model reads is what a
 * person can be shown. Code is left as it is, where it surely is code. Idempotent.
 */
export function cleanInbound(text: string): Inbound {
  const shown = showInvisible(text)
  const tally: Tally = { hidden: shown.hidden }
  let current = showMarkup(shown.text, tally)
  // What one pass wrote can change what counts as code around it; a few passes settle it, each on visible text only.
  for (let pass = 0; pass < 8; pass += 1) {
    const next = showMarkup(current, tally)
    if (next === current) break
    current = next
  }
  return { text: current, hidden: tally.hidden }
}
