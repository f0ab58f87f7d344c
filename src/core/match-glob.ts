/** Globs of the config against repository paths: `*` and `?` within a folder, `**` across folders, nothing else. */

function escaped(text: string): string {
  return text.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
}

/** Built from the parts between the stars, so that no character of the glob is ever a pattern of its own. */
function toPattern(glob: string): RegExp {
  const body = glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**/') return '(?:[^/]+/)*'
      if (part === '**') return '.*'
      if (part === '*') return '[^/]*'
      return part === '?' ? '[^/]' : escaped(part)
    })
    .join('')
  return new RegExp(`^${body}$`, 'i')
}

/** Letter case is no difference: on many disks `agents.md` is the same file as `AGENTS.md`. */
export function matchGlob(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map(toPattern)
  return (path) => patterns.some((pattern) => pattern.test(path))
}
