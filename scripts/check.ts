// Everything that CI checks besides the tests: one line per check, and the output of those that fail.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

type Check = { name: string; command: [string, ...string[]] }
type Outcome = { name: string; passed: boolean; seconds: string; output: string }

const checks: Check[] = [
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'floors', command: ['node', 'scripts/check-floors.ts'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
  { name: 'lock', command: ['node', 'scripts/check-lock.ts'] },
  { name: 'docs', command: ['node', 'scripts/generate-docs.ts', '--check'] },
]

/** The tools and the Node of this package come first, whatever the machine has. */
const path = [join(root, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)

function run({ name, command: [tool, ...args] }: Check): Promise<Outcome> {
  const started = performance.now()
  const missing = args.find(
    (argument) => argument.startsWith('scripts/') && !existsSync(join(root, argument)),
  )
  return new Promise((done) => {
    const end = (passed: boolean, output: string): void => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      const outcome = { name, passed, seconds, output: output.trim() }
      print(outcome)
      done(outcome)
    }
    if (missing !== undefined) return end(false, `${missing} does not exist, so nothing was checked`)
    const options = { cwd: root, env: { ...process.env, PATH: path }, maxBuffer: 64 * 1024 * 1024 }
    execFile(tool, args, options, (error, stdout, stderr) => {
      end(error === null, `${stdout}${stderr}` || (error?.message ?? ''))
    })
  })
}

function print({ name, passed, seconds, output }: Outcome): void {
  console.log(`${passed ? 'ok    ' : 'failed'}  ${name.padEnd(7)} ${seconds.padStart(5)} s`)
  if (!passed) console.log(`\n${output}\n`)
}

// All at once: each is short, and the longest alone decides how long this takes.
const outcomes = await Promise.all(checks.map(run))
const failed = outcomes.filter(({ passed }) => !passed)
if (failed.length > 0) {
  console.log(`check failed: ${failed.map(({ name }) => name).join(', ')}`)
  process.exitCode = 1
}
