/** What keeps the App from starting, and how people read of it: everything at once, each with its fix. */
import { count } from '../../core/say/figures.ts'

export interface Problem {
  readonly what: string
  readonly fix: string
}

/** The whole text for the terminal. `command` is what was run. */
export function problemText(
  problems: readonly Problem[],
  { file, command }: { readonly file: string; readonly command: string },
): string {
  const items = problems.map(({ what, fix }) => `  ✗ ${what}\n    ${fix}`)
  return [
    `Millwright does not start: ${count(problems.length, 'problem')}.`,
    ...items,
    `Settings come from the environment and from ${file} (docs/environment.md). Mend them, then run ${command} again.`,
  ].join('\n\n')
}
