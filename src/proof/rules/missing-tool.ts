/** Tells a command that could not run, because a program or a package of it is missing, from one that found faults. */
import { oneLine } from '../../core/untrusted.ts'

/** What a shell ends with when it finds no such program; npm passes it on. */
const NOT_FOUND = 127

// Group 1 is the name. A linter may itself report modules that it cannot find: only a crash of the tool counts.
const MISSING = [
  /^(?:\/\S*\/)?(?:ba|da|a|z)?sh: (?:line )?(?:\d+: )?([^\s:]+): (?:command )?not found$/m,
  /^([^\s:]+): (?:command )?not found$/m,
  /^npm (?:ERR!|error) Missing script: "([^"]+)"/m,
  /^(?:Uncaught )?Error(?: \[\w+\])?: Cannot find (?:module|package) '([^'./][^']*)'/m,
  /^ESLint couldn't find the (?:config|plugin) "([^"]+)"/m,
]

/** The name of what is missing ("its command" where nobody says), or undefined for a command that did run. */
export function missingTool(run: {
  readonly code: number | null
  readonly output: string
}): string | undefined {
  for (const pattern of MISSING) {
    const name = pattern.exec(run.output)?.[1]
    if (name !== undefined) return oneLine(name, 60)
  }
  return run.code === NOT_FOUND ? 'its command' : undefined
}
