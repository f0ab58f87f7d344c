/** Makes one stretch of model prose inert: no HTML, images, foreign links, mentions, references or bot commands. */

/** Inert code spans set aside while the prose around them is rewritten; U+FDD0 marks them, which prose cannot hold. */
export interface Spans {
  readonly add: (markdown: string) => string
  readonly fill: (text: string) => string
}

export function newSpans(): Spans {
  const kept: string[] = []
  return {
    add: (markdown) => `\uFDD0${kept.push(markdown) - 1}\uFDD0`,
    fill: (text) =>
      text
        // Two spans side by side would be read as one with other ends.
        .replaceAll('\uFDD0\uFDD0', '\uFDD0 \uFDD0')
        .replaceAll(/\uFDD0(\d+)\uFDD0/g, (_match, index: string) => kept[Number(index)] ?? ''),
  }
}

/** Bots that act on what a comment says without a mention being live; their names are enough. */
const BOTS =
  'dependabot|renovate|bors|homu|rustbot|copilot|claude|codex|mergifyio|mergify|k8s-ci-robot|coderabbitai|greptileai|sweep'
const BOT_CALL = new RegExp(`@(?:${BOTS})\\b[^\\n\\uFDD0]{0,60}`, 'gi')
const PLAIN_COMMANDS =
  /\b(?:bors|homu)\b[:,]?[ \t]+[\w+=?-]+|\br\?[ \t]+@?[\w/-]+|\b(?:retest|test)[ \t]+this[ \t]+please\b|\bok[ \t]+to[ \t]+test\b|^[ \t]*recheck[ \t]*$/gim
/** A line that begins with a slash command, behind any list or quote marks; a path there loses nothing in code. */
const SLASH = /^((?:[ \t]|>|[-*+]|\d{1,9}[.)])*)(\/[a-z][^\s\uFDD0]*)/gim
const MENTION = /(?<![\w./+-])[\w./+-]*@[\w/.@+-]+/g
const REFERENCE = /(?<![\w./-])[\w./-]*(?:#+\d[\w./-]*)+|(?<![a-z0-9])gh-\d+\w*/gi
const ADDRESS =
  /(?:(?<![a-z0-9+.-])[a-z0-9+.-]*:\/\/|(?<![a-z0-9])(?:www\.|(?:mailto|xmpp|tel|data|javascript):))[^\s\uFDD0]*/gi

function code(spans: Spans, text: string): string {
  return spans.add(`\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``)
}

/** An address of this repository, without query; undefined for any other. Issue and pull pages count as references. */
function ownAddress(address: string, repoUrl: string): string | undefined {
  const url = URL.parse(address)
  const own = URL.parse(repoUrl)
  if (!url || !own || url.origin !== own.origin || url.username !== '' || url.password !== '')
    return undefined
  const root = own.pathname.replace(/\/+$/, '')
  if (root === '' || (url.pathname !== root && !url.pathname.startsWith(`${root}/`))) return undefined
  const path = url.pathname.slice(root.length)
  if (!/^[\w/.~%+-]*$/.test(path) || /%(?:2f|5c|00|2e)/i.test(path)) return undefined
  if (/^\/(?:issues|pull|pulls|discussions)(?:\/|$)/.test(path)) return undefined
  return `${url.origin}${url.pathname}${/^#[a-z][\w-]*$/i.test(url.hash) ? url.hash : ''}`
}

/** `[words](address)`: a link stays only to this repository; otherwise the words stay. Innermost first. */
function unlink(text: string, spans: Spans, repoUrl: string): string {
  const inline = /\[([^[\]\n]{0,500})\]\(\s*<?([^\s<>()]*)>?[^()\n]{0,500}\)/g
  return text.replaceAll(inline, (_match, words: string, address: string) => {
    const kept = ownAddress(address, repoUrl)
    // Words that could hold markup of their own stay outside the link, so that nothing in it escapes what follows.
    if (kept === undefined || !/^[\w ,.:()/-]+$/.test(words) || /@|www\.|:\/\//i.test(words)) return words
    return spans.add(`[${words}](${kept})`)
  })
}

function bareAddresses(text: string, spans: Spans, repoUrl: string): string {
  return text.replaceAll(ADDRESS, (match: string) => {
    const trailing = /[.,;:!?'"*_~)\]}>]*$/.exec(match)?.[0] ?? ''
    const address = match.slice(0, match.length - trailing.length)
    if (address === '') return match
    const kept = ownAddress(address, repoUrl)
    // In code an address is text: nobody is led there, and a plan about query strings still says what it means.
    const shown = kept ? spans.add(`<${kept}>`) : code(spans, address.slice(0, 300))
    return `${shown}${trailing}`
  })
}

/**
 * Rewrites `text`, which has no backticks, no unseen characters and no code. The order matters: what removing a link
 * joins together must still pass the later rules; escapes come last, since they add characters that rules look for.
 */
export function neutralise(text: string, spans: Spans, repoUrl: string): string {
  const wrap = (match: string): string => code(spans, match)
  let current = text.replaceAll(/(?<!!)!+\[/g, '[image: ').replaceAll(/<!--/g, '<! --')
  for (let depth = 0; depth < 4; depth += 1) current = unlink(current, spans, repoUrl)
  current = bareAddresses(current, spans, repoUrl)
  current = current
    .replaceAll(BOT_CALL, wrap)
    .replaceAll(SLASH, (_match, before: string, command: string) => `${before}${wrap(command)}`)
    .replaceAll(PLAIN_COMMANDS, (match: string) => `${/^[ \t]*/.exec(match)?.[0] ?? ''}${wrap(match.trim())}`)
    .replaceAll(MENTION, wrap)
    .replaceAll(REFERENCE, wrap)
  return current
    .replaceAll('\\', '\\\\')
    .replaceAll(/&(?=#|[a-z])/gi, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/\](?=[:([])/g, ']\\')
    .replaceAll(/~{3,}/g, (run: string) => '\\~'.repeat(run.length))
    .replaceAll('!\uFDD0', '! \uFDD0')
}

/** Lines of a code block: no live markup there, but bots read comments as raw text, so commands must not begin a line. */
export function neutraliseCode(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replaceAll('<!--', '<! --')
      .replace(/^([ \t]*)(?=\/[a-z][\w-]*(?![\w/.-]))/i, '$1\\')
      .replace(new RegExp(`^([ \\t]*)(?=@(?:${BOTS})\\b)`, 'i'), '$1\\')
      .replace(/^([ \t]*)(?=(?:bors|homu)\b[:,]?[ \t]+\w)/i, '$1\\'),
  )
}
