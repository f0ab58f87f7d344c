/** Reads every prompt once, at start, from the folder of its stage. */
import { readFileSync } from 'node:fs'

/** `name` is a path below src, for instance `stages/coding/prompt.md`. */
export function loadPrompt(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
}
