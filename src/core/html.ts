/** HTML that cannot be broken out of: whatever is put into a template is escaped, unless it is HTML of ours already. */

/** Markup that was made by `html`; nothing else can make it. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | undefined | readonly Html[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (found) => ENTITIES[found] ?? '')

/** Undefined puts nothing there; a list puts its items one after the other. */
export function html(literal: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const shown = parts.map((part) => {
    if (part === undefined) return ''
    if (part instanceof Html) return part.text
    return typeof part === 'object' ? part.map((item) => item.text).join('') : escaped(String(part))
  })
  return new Html(literal.map((text, index) => text + (shown[index] ?? '')).join(''))
}
