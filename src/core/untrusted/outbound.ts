/** Text that a model wrote, on its way into a comment, review or pull request: words and code, and nothing that acts. */
import { splitBlocks, writeCode } from './blocks.ts'
import { showInvisible } from './invisible.ts'
import { neutralise, neutraliseCode, newSpans } from './neutral.ts'

/** Characters of one cleaned text unless the caller says otherwise: a few of them fit into one comment of 60,000. */
export const MAX_OUTBOUND = 16_000

const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|implement(?:s|ed)?)\b(?=[:\s]*\uFDD0)/gi

/** Inline code: pairs of backtick runs within one line. Anything else between backticks is prose, without them. */
function cleanProse(lines: readonly string[], repoUrl: string): string {
  const spans = newSpans()
  const tokens = /(?<!`)(`+)(?!`)([^\n]*?[^`\n])\1(?!`)/g
  const masked = lines
    .map((line) =>
      line.replaceAll(tokens, (_match, _ticks: string, body: string) => {
        const inner = body.trim().replaceAll('`', "'").replaceAll('<!--', '<! --')
        // In a table cell `|` ends the cell even inside code, and what stands behind it would be live.
        return inner === '' ? ' ' : spans.add(`\`${inner.replaceAll('|', '\\|')}\``)
      }),
    )
    .join('\n')
    .replaceAll('`', "'")
  // A closing keyword before a reference in code closes nothing; the colon keeps scrapers of raw text from trying.
  return spans.fill(neutralise(masked, spans, repoUrl).replaceAll(CLOSING, '$&:').replaceAll('::', ':'))
}

function render(text: string, repoUrl: string): string {
  return splitBlocks(text)
    .map((block) =>
      block.kind === 'code'
        ? writeCode(block.language, neutraliseCode(block.lines))
        : cleanProse(block.lines, repoUrl).trimEnd().replace(/^\n+/, ''),
    )
    .join('\n\n')
}

/** At most `length` characters, not ending in half of a surrogate pair. */
function head(text: string, length: number): string {
  const cut = text.slice(0, length)
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut
}

/**
 * Makes model text fit to post: no image, no HTML, no link but to this repository (`repoUrl`, its html URL; its
 * queries stripped, its issue and pull pages count as references; other addresses stand in code, as text), no mention, cross-reference, closing keyword or bot command that
 * works, none of our own markers. Neutralised parts stand in code, so people still read them. Code blocks are kept and
 * always closed. At most `max` characters (default MAX_OUTBOUND); a cut is said. Apply once: its escapes would be
 * escaped again.
 */
export function cleanOutbound(text: string, options: { repoUrl: string; max?: number }): string {
  const max = options.max ?? MAX_OUTBOUND
  const source = showInvisible(text).text
  let length = source.length
  for (;;) {
    const kept = head(source, length)
    const left = source.length - kept.length
    const note = left > 0 ? `\n\n… (${left} characters left out)` : ''
    const cleaned = `${render(kept, options.repoUrl)}${note}`
    if (cleaned.length <= max) return cleaned
    if (length === 0) return note.slice(0, max)
    // Escapes make text longer by an amount only the result shows, so the cut closes in on what fits.
    length = Math.max(0, Math.min(length - 1, Math.floor(length * (max / cleaned.length)) - 40))
  }
}
