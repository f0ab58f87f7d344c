/** One hunk as a patch of its own, so that it can be taken back alone. */

/** What the file header needs to know of a change. */
export interface PatchedFile {
  readonly letter: string
  readonly oldMode: string
  readonly newMode: string
  readonly path: string
}

/**
 * A rename or a mode change beside the hunk is left out: taking the hunk back must not take those back too. Creation and
 * deletion stay, since there the hunk is the whole file.
 */
export function hunkPatch(file: PatchedFile, lines: readonly string[]): string {
  const [old, now] = [quoted(`a/${file.path}`), quoted(`b/${file.path}`)]
  const created = file.letter === 'A'
  const deleted = file.letter === 'D'
  return [
    `diff --git ${old} ${now}`,
    ...(created ? [`new file mode ${file.newMode}`] : []),
    ...(deleted ? [`deleted file mode ${file.oldMode}`] : []),
    `--- ${created ? '/dev/null' : ended(old)}`,
    `+++ ${deleted ? '/dev/null' : ended(now)}`,
    ...lines,
    '',
  ].join('\n')
}

/** A bare name with a space is ended by a tab, as git does, or the rest would be read as a date. */
function ended(name: string): string {
  return name.includes(' ') && !name.startsWith('"') ? `${name}\t` : name
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
}

// oxlint-disable-next-line no-control-regex -- these are the characters that git quotes
const SPECIAL = /[\u0000-\u001f\u007f"\\]/g

/** A name as git quotes it in patches: only where a character demands it, in C's escapes. */
function quoted(name: string): string {
  const escaped = name.replace(
    SPECIAL,
    (char) => ESCAPES[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
  return escaped === name ? name : `"${escaped}"`
}
