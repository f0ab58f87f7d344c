/** From an npm test script to a command whose report can be read: which runner it calls, and how that one reports. */
import type { ReportFormat } from '../reports/read-report.ts'
import type { Segment } from './shell-words.ts'
import { segments, shellWords, unquoted } from './shell-words.ts'

export interface ScriptCommand {
  readonly command: string
  readonly report: ReportFormat
  /** What was taken of the script, for people; empty when all of it was. */
  readonly taken: string
}

export interface Package {
  readonly scripts: Readonly<Record<string, string>>
  /** Names of all dependencies, development ones included. */
  readonly packages: ReadonlySet<string>
}

/** Checks that say nothing about behaviour; the lint command is run by itself. */
const LINT =
  /^(?:npx |npm run |yarn |pnpm )*(?:[\w-]*lint[\w:-]*|standard|semistandard|prettier|xo|biome|tsc --noEmit|npm audit|aud|audit|depcheck|ls-engines|safe-publish-latest)\b/

/** A script that only lints: left out whole, since its parts would no longer be known for lint. */
const LINT_SCRIPT = /^(?:[\w-]+[:-])?(?:es)?lint(?::[\w:-]+)?$/

const RUNNERS = new Set(['tape', 'tap', 'jest', 'vitest', 'mocha', '_mocha', 'ava', 'node', 'pytest'])
/** Coverage tools that only wrap the command behind them. */
const WRAPPERS = new Set(['nyc', 'c8', 'cross-env', 'npx', 'env', 'istanbul'])

function programOf(word: string): string {
  return unquoted(word).split('/').at(-1) ?? ''
}

/** Where the test runner's name stands in a command; environment assignments and wrappers come before it. */
export function runnerAt(words: readonly string[]): number {
  for (const [index, word] of words.entries()) {
    const program = programOf(word)
    if (program === 'node') return words.some((other) => /^--test(?:$|=)/.test(other)) ? index : -1
    if (RUNNERS.has(program)) return index
    const passed = /^\w+=/.test(word) || word.startsWith('-') || WRAPPERS.has(program) || program === '--'
    if (!passed) return -1
  }
  return -1
}

/** `npm run x`, `yarn x`, `npm test`: the script that is meant, or undefined. */
function scriptCalled(segment: Segment, scripts: Package['scripts']): string | undefined {
  const [program = '', second = '', third = ''] = segment.words.map(unquoted)
  if (!['npm', 'yarn', 'pnpm'].includes(program)) return undefined
  const plain = segment.words.filter((word) => !['-s', '--silent', '--'].includes(word))
  if (plain.length > (['run', 'run-script'].includes(second) ? 3 : 2)) return undefined
  const name = ['run', 'run-script'].includes(second)
    ? (plain.map(unquoted)[2] ?? third)
    : second === 't'
      ? 'test'
      : second
  return Object.hasOwn(scripts, name) ? name : undefined
}

/** A script with the scripts it calls written out, so that nothing is read from the tree under test. */
export function expandScript(name: string, scripts: Package['scripts'], depth = 0): Segment[] {
  const chain = [`pre${name}`, name, `post${name}`].flatMap((each) =>
    Object.hasOwn(scripts, each) ? segments(scripts[each] ?? '') : [],
  )
  return chain.flatMap((segment) => {
    const called = scriptCalled(segment, scripts)
    if (name !== called && called !== undefined && LINT_SCRIPT.test(called)) return []
    // A script that calls itself through others would never end; npm would not end either.
    return called === undefined || depth >= 4 ? [segment] : expandScript(called, scripts, depth + 1)
  })
}

const without = (words: readonly string[], patterns: readonly RegExp[]): string[] =>
  words.filter((word) => !patterns.some((pattern) => pattern.test(unquoted(word))))

type Adapt = (
  before: readonly string[],
  args: readonly string[],
  has: Package,
) => readonly [string[], ReportFormat]

const REPORT = '"$MILLWRIGHT_REPORT"'
const COVERAGE = [/^--coverage(?:[A-Z=.]|$)/, /^--watch/, /^-w$/]

const ADAPT: Readonly<Record<string, Adapt>> = {
  tape: (before, args) => [[...before, 'tape', ...args], 'tap'],
  // Old versions of tap print a summary, and tape runs their tests where it is there.
  tap: (before, args, has) =>
    has.packages.has('tape')
      ? [[...before, 'tape', ...args.filter((word) => !word.startsWith('-'))], 'tap']
      : [[...before, 'tap', '--reporter=tap', ...without(args, [/^-R/, /^--reporter/, ...COVERAGE])], 'tap'],
  ava: (before, args) => [[...before, 'ava', '--tap', ...without(args, [/^--tap$/, ...COVERAGE])], 'tap'],
  node: (before, args) => [
    [
      ...before,
      'node',
      '--test-reporter=tap',
      ...without(withoutOption(args, /^--test-reporter/), [/^--watch/]),
    ],
    'tap',
  ],
  jest: (before, args) => [
    [
      ...before,
      'jest',
      ...without(args, [/^--json$/, /^--outputFile/, ...COVERAGE]),
      '--ci',
      '--json',
      `--outputFile=${REPORT}`,
    ],
    'jest',
  ],
  vitest: (before, args) => [
    [
      ...before,
      'vitest',
      'run',
      ...without(args, [/^(?:run|watch|dev)$/, /^--reporter/, /^--outputFile/, ...COVERAGE]),
      '--reporter=json',
      `--outputFile=${REPORT}`,
    ],
    'vitest',
  ],
  mocha: (before, args) => [
    [
      ...before,
      'mocha',
      ...without(withoutOption(args, /^(?:-R|--reporter)$/), COVERAGE),
      '--reporter',
      'json',
      '--reporter-option',
      `output=${REPORT}`,
    ],
    'mocha',
  ],
}

/** Leaves out options named so, with their value where it is the next word. */
function withoutOption(args: readonly string[], name: RegExp): string[] {
  const kept: string[] = []
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? ''
    if (!name.test(word.replace(/=.*$/s, ''))) kept.push(word)
    else if (!word.includes('=')) at += 1
  }
  return kept
}

function adapt(segment: Segment, has: Package): readonly [string, ReportFormat] | undefined {
  const at = runnerAt(segment.words)
  if (at === -1 || segment.text.includes('||')) return undefined
  const runner = programOf(segment.words[at] ?? '').replace(/^_/, '')
  const adaptRunner = Object.hasOwn(ADAPT, runner) ? ADAPT[runner] : undefined
  if (adaptRunner === undefined) return undefined
  // Coverage wrappers and npx are left out: they add time and output, and the runner is on the path anyway.
  const before = segment.words.slice(0, at).filter((word) => /^\w+=/.test(word))
  const [words, report] = adaptRunner(before, segment.words.slice(at + 1), has)
  return [words.join(' '), report]
}

/** Reads `scripts.test`: the last part that calls a known runner, with what must be built before it. */
export function readTestScript(has: Package): ScriptCommand | undefined {
  const chain = expandScript('test', has.scripts).filter((segment) => !LINT.test(segment.text))
  for (let at = chain.length - 1; at >= 0; at -= 1) {
    const segment = chain[at]
    const adapted = segment === undefined ? undefined : adapt(segment, has)
    if (adapted === undefined) continue
    // A build before the tests prints to the error stream, where it cannot be taken for a part of the report.
    const before = chain
      .slice(0, at)
      .filter((other) => adapt(other, has) === undefined)
      .map((other) => `( ${other.text} ) >&2`)
    const [command, report] = adapted
    const whole = has.scripts.test?.trim() === segment?.text
    return { command: [...before, command].join(' && '), report, taken: whole ? '' : (segment?.text ?? '') }
  }
  return undefined
}

/** The script as it stands, when no runner in it is known: TAP where tape is about, else only its exit code. */
export function opaqueTestScript(has: Package): ScriptCommand {
  const chain = expandScript('test', has.scripts).filter((segment) => !LINT.test(segment.text))
  const command = chain.map((segment) => segment.text).join(' && ')
  const tap = has.packages.has('tape') && shellWords(command).some((word) => programOf(word) === 'node')
  return { command, report: tap ? 'tap' : 'none', taken: '' }
}
