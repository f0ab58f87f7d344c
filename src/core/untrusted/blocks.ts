/** Splits a model's Markdown into prose and code blocks, and writes code blocks so that GitHub cannot read them otherwise. */

export type Block =
  | { readonly kind: 'prose'; readonly lines: readonly string[] }
  | { readonly kind: 'code'; readonly language: string; readonly lines: readonly string[] }

const OPENER = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^`\n]*)$/
/** Languages that GitHub does not show as text: diagrams can hold links, suggestions can be applied by a click. */
const RENDERED = new Set(['mermaid', 'geojson', 'topojson', 'stl', 'math', 'suggestion'])
const LANGUAGE = /^[A-Za-z0-9+#_.-]{1,30}$/

/** Fenced blocks at any indentation (models nest them in lists); one without an end reaches to the end of the text. */
export function splitBlocks(text: string): Block[] {
  const blocks: Block[] = []
  let prose: string[] = []
  const lines = text.split('\n')
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const opener = OPENER.exec(line)
    if (!opener) {
      prose.push(line)
      continue
    }
    const [, indent = '', marker = '', info = ''] = opener
    const closing = new RegExp(`^[ \\t]*\\${marker[0]}{${marker.length},}[ \\t]*$`)
    const found = lines.findIndex((candidate, at) => at > index && closing.test(candidate))
    const end = found < 0 ? lines.length : found
    const code = lines.slice(index + 1, end)
    blocks.push(
      { kind: 'prose', lines: prose },
      { kind: 'code', language: info.trim(), lines: dedent(code, indent) },
    )
    prose = []
    index = end
  }
  blocks.push({ kind: 'prose', lines: prose })
  return blocks.filter((block) => block.kind === 'code' || block.lines.some((line) => line.trim() !== ''))
}

function dedent(lines: readonly string[], indent: string): string[] {
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
}

/**
 * A code block at the first column behind a blank line, its fence longer than any run of backticks inside: whatever
 * prose stands around it, this is code to GitHub, and it ends where it ends here.
 */
export function writeCode(language: string, lines: readonly string[]): string {
  const body = lines.join('\n')
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map((run) => run[0].length))
  const marker = '`'.repeat(longest + 1)
  const tag = LANGUAGE.test(language) && !RENDERED.has(language.toLowerCase()) ? language : ''
  return `${marker}${tag}\n${body}\n${marker}`
}
