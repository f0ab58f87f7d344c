/** A small, strict XML reader for JUnit reports: elements, attributes, text. No doctypes, so no entities of anybody's. */

export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Text directly inside, CDATA included. */
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Undefined for an entity that XML itself does not define. */
function decode(text: string): string | undefined {
  let bad = false
  const decoded = text.replaceAll(/&([^;&\s]{0,10});|&/g, (whole, name: string | undefined) => {
    const number = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name ?? '')
    if (number !== null) {
      const code = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16)
      if (code <= 0x10ffff) return String.fromCodePoint(code)
    }
    const known = Object.hasOwn(ENTITIES, name ?? '') ? ENTITIES[name ?? ''] : undefined
    bad ||= known === undefined
    return known ?? whole
  })
  return bad ? undefined : decoded
}

function readAttributes(source: string): Map<string, string> | undefined {
  const attributes = new Map<string, string>()
  const pattern = /\s+([\w.:-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
  let at = 0
  for (;;) {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match === null) break
    const value = decode(match[2] ?? match[3] ?? '')
    if (value === undefined || attributes.has(match[1] ?? '')) return undefined
    attributes.set(match[1] ?? '', value)
    at = pattern.lastIndex
  }
  return source.slice(at).trim() === '' ? attributes : undefined
}

interface Open {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  text: string
}

const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/([\w.:-]+)\s*>|<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*)(\/?)>|([^<]+)/y

/** One token taken into the tree under construction; false when it does not fit. */
function take(match: RegExpExecArray, stack: Open[]): boolean {
  const [, cdata, closing, opening, attributeText, selfClosing, text] = match
  const top = stack.at(-1)
  if (top === undefined) return false
  if (cdata !== undefined) top.text += cdata
  if (text !== undefined) {
    const decoded = decode(text)
    if (decoded === undefined || (stack.length === 1 && decoded.trim() !== '')) return false
    top.text += decoded
  }
  if (opening !== undefined) {
    const attributes = readAttributes(attributeText ?? '')
    if (attributes === undefined) return false
    const element: Open = { name: opening, attributes, children: [], text: '' }
    top.children.push(element)
    if (selfClosing !== '/') stack.push(element)
  }
  if (closing !== undefined) return stack.length > 1 && stack.pop()?.name === closing
  return true
}

/** The root element, or undefined for anything that is not one well-formed document of this subset. */
export function readXml(source: string): XmlElement | undefined {
  const document: Open = { name: '', attributes: new Map(), children: [], text: '' }
  const stack = [document]
  const text = source.replace(/^\uFEFF/, '')
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (match === null || !take(match, stack)) return undefined
    at = TOKEN.lastIndex
  }
  return stack.length === 1 && document.children.length === 1 ? document.children[0] : undefined
}
