/** Runs commands on fresh checkouts of exact commits, with dependencies installed anew and without network. */
import { StageFailure } from '../core/errors.ts'
import type { ObjectId } from '../core/ids.ts'
import type { ProofContext } from '../ports/proof.ts'
import type { CommandResult, Limits, Sandbox } from '../ports/sandbox.ts'
import type { Checkout } from '../ports/workspace.ts'
import { cleanOutput } from './clean-output.ts'
import type { Dependencies, DependencyTemplates, Installation } from './dependencies.ts'
import { commandForFiles } from './detect/file-command.ts'
import { readReport } from './reports/read-report.ts'
import type { Report } from './reports/report.ts'

export interface TestRun {
  readonly kind: 'ran' | 'timed_out' | 'setup_failed'
  /** Exit code; null when it was killed. */
  readonly code: number | null
  /** Undefined when the output could not be read as a report. */
  readonly report: Report | undefined
  /** For people: cleaned, not cut. */
  readonly output: string
}

interface ShellRun {
  readonly kind: 'ran' | 'timed_out' | 'setup_failed'
  readonly code: number | null
  readonly output: string
}

export interface TestRunner {
  /** The whole suite. The result for a commit and its commands is kept: asking again costs nothing. */
  suite(context: ProofContext, commit: ObjectId): Promise<TestRun>
  /** Another run of the whole suite, or of some files where the framework can run them alone. Never from memory. */
  again(context: ProofContext, commit: ObjectId, files?: readonly string[]): Promise<TestRun>
  shell(context: ProofContext, commit: ObjectId, command: string): Promise<ShellRun>
  prepare(context: ProofContext, commit: ObjectId, purpose: string): Promise<Checkout>
}

/** Reports of large suites are megabytes; beyond this a report cannot be read and exit codes decide. */
const OUTPUT_BYTES = 16 * 1024 * 1024
const MEMORY_MB = 2048
const PROCESSES = 512
/** Copying a large node_modules takes seconds, on a busy disk some more; it must not eat the tests' time. */
const COPY_SECONDS = 60
/** Suites kept: base, head and a hunk or two of the runs that are under way. */
const KEPT = 24

/** What a tool says that wants to write into the mounted `node_modules`; the run is then repeated with a copy. */
const READ_ONLY = /\bEROFS\b|[Rr]ead-only file system/

interface Parts {
  readonly sandbox: Sandbox
  readonly templates: DependencyTemplates
}

/** Where the command that writes a report file is told to write it. */
const REPORT_FILE = '/tmp/millwright-report'

function script(command: string, dependencies: Dependencies, marker: string): string {
  return [
    dependencies.copyScript,
    'export PATH="$PWD/node_modules/.bin:$PATH"',
    `( ${command}\n)`,
    'code=$?',
    `printf '\\n%s %s\\n' '${marker}' "$PWD"`,
    `cat ${REPORT_FILE} 2>/dev/null`,
    'exit $code',
  ]
    .filter((line) => line !== '')
    .join('\n')
}

interface Raw {
  readonly result: CommandResult
  readonly stdout: string
  readonly root: string
  readonly file: string
}

async function runFresh(
  { sandbox }: Parts,
  context: ProofContext,
  job: { commit: ObjectId; command: string; installation: Installation },
): Promise<Raw> {
  const { workspace, commands, signal } = context
  signal.throwIfAborted()
  const checkout = await workspace.checkout(job.commit, 'proof')
  try {
    const { installation } = job
    const dependencies = installation.mustCopy ? installation.copied : installation.mounted(checkout.path)
    const marker = `report ${globalThis.crypto.randomUUID()}`
    const extra = dependencies.copyScript === '' ? 0 : COPY_SECONDS
    const limits: Limits = {
      seconds: commands.timeoutSeconds + extra,
      memoryMb: MEMORY_MB,
      processes: PROCESSES,
      outputBytes: OUTPUT_BYTES,
    }
    const result = await sandbox.run(
      script(job.command, dependencies, marker),
      {
        checkout: checkout.path,
        writable: true,
        binds: dependencies.binds,
        allowHosts: [],
        env: { CI: '1', NO_COLOR: '1', MILLWRIGHT_REPORT: REPORT_FILE },
        limits,
      },
      { signal },
    )
    signal.throwIfAborted()
    const at = result.stdout.lastIndexOf(`\n${marker} `)
    if (at === -1) return { result, stdout: result.stdout, root: '', file: '' }
    const [place = '', ...file] = result.stdout.slice(at + marker.length + 2).split('\n')
    return { result, stdout: result.stdout.slice(0, at), root: place, file: file.join('\n') }
  } finally {
    await workspace.discard(checkout)
  }
}

function kindOf(raw: Raw): TestRun['kind'] {
  return raw.result.killed === 'timeout' ? 'timed_out' : 'ran'
}

async function inTree<T>(
  parts: Parts,
  context: ProofContext,
  job: { commit: ObjectId; command: string; read: (raw: Raw) => T },
): Promise<T | { kind: 'setup_failed'; code: null; report: undefined; output: string }> {
  return parts.templates.use(context, job.commit, async (installed) => {
    if (installed.kind === 'failed')
      return { kind: 'setup_failed', code: null, report: undefined, output: installed.output }
    const { installation } = installed
    const raw = await runFresh(parts, context, { ...job, installation })
    if (installation.mustCopy || !READ_ONLY.test(raw.stdout + raw.result.stderr)) return job.read(raw)
    installation.mustCopy = true
    return job.read(await runFresh(parts, context, { ...job, installation }))
  })
}

/** Of a repository that holds documentation only: no test ran, and none failed. */
const NOTHING_TO_RUN: TestRun = {
  kind: 'ran',
  code: 0,
  report: { tests: [], loadErrors: [], ended: true },
  output: '',
}

async function runTests(
  parts: Parts,
  context: ProofContext,
  job: { commit: ObjectId; files: readonly string[] | undefined },
): Promise<TestRun> {
  if (context.commands.test === undefined) return NOTHING_TO_RUN
  const some = job.files === undefined ? undefined : commandForFiles(context.commands, job.files)
  const read = (raw: Raw): TestRun => {
    const { result, stdout, root, file } = raw
    const output = cleanOutput(`${stdout}\n${result.stderr}`, root)
    const whole = kindOf(raw) === 'ran' && result.cut.stdout === 0
    const report = whole
      ? readReport(context.commands.report, { stdout, stderr: result.stderr, file, root })
      : undefined
    return { kind: kindOf(raw), code: result.code, report: located(report, context, job.files), output }
  }
  const run = await inTree(parts, context, {
    commit: job.commit,
    command: some ?? context.commands.test,
    read,
  })
  // A runner that cannot do with files alone what it does with the suite leaves no report; the suite then has to do.
  if (
    some !== undefined &&
    run.kind === 'ran' &&
    run.report === undefined &&
    context.commands.report !== 'none'
  )
    return runTests(parts, context, { commit: job.commit, files: undefined })
  return run
}

/** When a single file was run, whatever was reported without a place is of that file. */
function located(
  report: Report | undefined,
  context: ProofContext,
  files: readonly string[] | undefined,
): Report | undefined {
  const only = files?.length === 1 ? files[0] : undefined
  if (report === undefined || only === undefined || commandForFiles(context.commands, [only]) === undefined)
    return report
  const tests = report.tests.map((test) => ({ ...test, file: test.file ?? only }))
  const loadErrors = report.loadErrors.map((error) => ({ ...error, file: error.file ?? only }))
  return { ...report, tests, loadErrors }
}

export function createTestRunner(parts: Parts): TestRunner {
  const kept = new Map<string, Promise<TestRun>>()
  return {
    suite: (context, commit) => {
      const { commands, workspace } = context
      const key = JSON.stringify([workspace.repo.id, commit, commands])
      const run = kept.get(key) ?? runTests(parts, context, { commit, files: undefined })
      kept.delete(key)
      kept.set(key, run)
      // A setup that failed may work next time, and an aborted run is nobody's result.
      run.then(
        (done) => (done.kind === 'setup_failed' ? kept.delete(key) : undefined),
        () => kept.delete(key),
      )
      for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT))) kept.delete(old)
      return run
    },
    again: (context, commit, files) => runTests(parts, context, { commit, files }),
    shell: (context, commit, command) =>
      inTree(parts, context, {
        commit,
        command,
        read: (raw) => ({
          kind: kindOf(raw),
          code: raw.result.code,
          output: cleanOutput(`${raw.stdout}\n${raw.result.stderr}`, raw.root),
        }),
      }),
    prepare: (context, commit, purpose) =>
      parts.templates.use(context, commit, async (installed) => {
        if (installed.kind === 'failed')
          throw new StageFailure('setup_failed', installed.output.slice(-2000), { resumable: true })
        return prepareCheckout(parts, context, {
          commit,
          purpose,
          dependencies: installed.installation.copied,
        })
      }),
  }
}

async function prepareCheckout(
  { sandbox }: Parts,
  { workspace, signal }: ProofContext,
  job: { commit: ObjectId; purpose: string; dependencies: Dependencies },
): Promise<Checkout> {
  const checkout = await workspace.checkout(job.commit, job.purpose)
  if (job.dependencies.copyScript === '') return checkout
  try {
    const limits: Limits = { seconds: 300, memoryMb: 1024, processes: 64, outputBytes: 64 * 1024 }
    const { binds } = job.dependencies
    const spec = { checkout: checkout.path, writable: true, binds, allowHosts: [], limits }
    const copied = await sandbox.run(job.dependencies.copyScript, spec, { signal })
    signal.throwIfAborted()
    if (copied.code === 0) return checkout
    const detail = `The dependencies could not be copied: ${cleanOutput(copied.stderr, '').slice(-1000)}`
    throw new StageFailure('setup_failed', detail, { resumable: true })
  } catch (error) {
    await workspace.discard(checkout)
    throw error
  }
}
