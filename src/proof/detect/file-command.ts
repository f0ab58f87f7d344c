/** The test command for named files only, where the runner takes files as arguments. */
import type { Commands } from '../../ports/proof.ts'
import { runnerAt } from './npm-script.ts'
import { isComplex, quoted, shellWords, unquoted } from './shell-words.ts'

/** Options that take the next word as their value. A positional word that follows any other option is a file. */
const WITH_VALUE: ReadonlySet<string> = new Set(
  (
    '-r --require --import --loader --experimental-loader -c --config --timeout -t -R --reporter --reporter-option ' +
    '--reporter-options -O --ui -u -g --grep --file --outputFile --test-reporter --test-reporter-destination ' +
    '--project -p -o -m -k --rootdir --rootDir --retries --extension --env --testTimeout --junitxml -W'
  ).split(' '),
)

function splitChain(command: string): { before: string; last: string } {
  const at = command.lastIndexOf(' && ')
  return at === -1
    ? { before: '', last: command }
    : { before: command.slice(0, at + 4), last: command.slice(at + 4) }
}

function optionsOnly(words: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) continue
    kept.push(word)
    if (WITH_VALUE.has(word) && at + 1 < words.length) {
      at += 1
      kept.push(words[at] ?? '')
    }
  }
  return kept
}

/**
 * The command that runs these files and no others, or undefined when the command is not understood: then the whole
 * suite is run, which is slower and right as well.
 * @param files repository paths
 */
export function commandForFiles(
  commands: Pick<Commands, 'test'>,
  files: readonly string[],
): string | undefined {
  if (commands.test === undefined) return undefined
  const { before, last } = splitChain(commands.test)
  if (isComplex(last) || files.length === 0 || files.some((file) => file.startsWith('-'))) return undefined
  const words = shellWords(last)
  const python = words.findIndex((word, index) => word === 'pytest' && words[index - 1] === '-m')
  const at = python === -1 ? runnerAt(words) : python
  if (at === -1) return undefined
  const runner = unquoted(words[at] ?? '')
    .split('/')
    .at(-1)
  const start = words.slice(0, at + 1)
  const rest = words.slice(at + 1)
  const names = files.map(quoted)
  // vitest's first word is its command, and jest takes words as patterns unless told otherwise.
  const mode = runner === 'vitest' && rest[0] === 'run' ? ['run'] : []
  const paths = runner === 'jest' ? ['--runTestsByPath', ...names] : names
  return `${before}${[...start, ...mode, ...optionsOnly(rest), ...paths].join(' ')}`
}
