/** TAP: nested as node:test and node-tap print it, or flat with a comment before each test as tape and ava do. */
import { plainText } from '../clean-output.ts'
import { crash, errorLine } from './failure-kind.ts'
import type { FailedBy, LoadError, RawTest, Report, RunOutput } from './report.ts'
import { relativePath, withIds } from './report.ts'
import type { TapItem, TapResult } from './tap-lines.ts'
import { readTapLines } from './tap-lines.ts'

interface Node {
  readonly result: TapResult
  readonly children: readonly Node[]
  /** Comments since the result before: what the test printed. */
  readonly printed: string
}

function nest(items: readonly TapItem[]): Node[] {
  const open: Node[][] = []
  let printed: string[] = []
  for (const item of items) {
    if (item.kind === 'comment') printed.push(item.text)
    if (item.kind !== 'result') continue
    const children = open.splice(item.depth + 1).flat()
    const level = (open[item.depth] ??= [])
    level.push({ result: item, children, printed: printed.join('\n') })
    printed = []
  }
  return open.flat()
}

// tape reports its own complaints (a time-out, a wrong plan) with the operator of `t.fail`.
const TAPE_COMPLAINT =
  /timed out after|plan != count|\.end\(\) already called|\.end\(\) called twice|test exited without ending/

function failedBy(result: TapResult): FailedBy {
  const { diagnostics } = result
  if (diagnostics.get('name') === 'AssertionError' || diagnostics.get('code') === 'ERR_ASSERTION')
    return 'assertion'
  if (diagnostics.has('failureType')) return 'other'
  const operator = diagnostics.get('operator')
  if (operator === undefined || TAPE_COMPLAINT.test(result.name)) return 'other'
  // A rejected async test has the operator of `t.error`, but no place where an assertion was made.
  return operator === 'error' && !diagnostics.has('at') ? 'other' : 'assertion'
}

function messageOf(result: TapResult): string {
  const { diagnostics } = result
  const error = diagnostics.get('error') ?? diagnostics.get('message')
  if (error !== undefined) {
    const name = diagnostics.get('name')
    return name === undefined || name === 'Error' ? error : `${name}: ${error}`
  }
  const values = ['operator', 'expected', 'actual']
    .filter((key) => diagnostics.has(key))
    .map((key) => `${key}: ${diagnostics.get(key)}`)
  return [result.name, ...values].join('\n')
}

function toTest(result: TapResult, path: readonly string[]): RawTest {
  if (result.directive !== undefined)
    return { file: undefined, path, status: 'skipped', message: result.directive, failedBy: undefined }
  if (result.ok) return { file: undefined, path, status: 'passed', message: '', failedBy: undefined }
  return { file: undefined, path, status: 'failed', message: messageOf(result), failedBy: failedBy(result) }
}

const anyFailed = (node: Node): boolean =>
  node.children.some(
    (child) => (!child.result.ok && child.result.directive === undefined) || anyFailed(child),
  )

function flatten(node: Node, above: readonly string[]): RawTest[] {
  const path = [...above, node.result.name]
  if (node.children.length === 0) return [toTest(node.result, path)]
  const inner = node.children.flatMap((child) => flatten(child, path))
  const type = node.result.diagnostics.get('failureType')
  const own = !node.result.ok && (type === undefined ? !anyFailed(node) : type !== 'subtestsFailed')
  // A group is no test, unless it failed by itself (a hook, an assertion between its subtests).
  return own ? [...inner, toTest(node.result, path)] : inner
}

function readNested(items: readonly TapItem[], output: RunOutput): Report {
  const loadErrors: LoadError[] = []
  const tests: RawTest[] = []
  for (const node of nest(items)) {
    // node:test reports a file whose process ended badly as a test with an exit code.
    if (!node.result.ok && node.result.diagnostics.has('exitCode')) {
      const message =
        errorLine(node.printed) ?? `the file ended with code ${node.result.diagnostics.get('exitCode')}`
      loadErrors.push({ file: relativePath(node.result.name, output.root), message })
      tests.push(...node.children.flatMap((child) => flatten(child, [])))
    } else tests.push(...flatten(node, []))
  }
  const ended = items.some((item) => item.kind === 'plan' && item.depth === 0)
  return { tests: withIds(tests), loadErrors, ended }
}

interface FlatTest {
  readonly name: string
  readonly skipped: boolean
  readonly results: TapResult[]
}

function judgeFlat(test: FlatTest): RawTest {
  const path = [test.name]
  const failed = test.results.find((result) => !result.ok && result.directive === undefined)
  if (failed !== undefined) return toTest(failed, path)
  const counted = test.results.filter((result) => result.directive === undefined)
  const skipped = test.skipped || (test.results.length > 0 && counted.length === 0)
  const status = skipped ? 'skipped' : 'passed'
  return { file: undefined, path, status, message: '', failedBy: undefined }
}

function readFlat(items: readonly TapItem[], output: RunOutput): Report {
  const tests: FlatTest[] = []
  let ended = false
  for (const item of items) {
    if (item.kind === 'plan') ended = true
    // What follows the plan in tape's output is the summary.
    if (item.kind === 'comment' && !ended && item.depth === 0) {
      const skipped = /^(?:SKIP|TODO) (.*)$/.exec(item.text)
      tests.push({ name: skipped?.[1] ?? item.text, skipped: skipped !== null, results: [] })
    }
    if (item.kind !== 'result') continue
    const current = tests.at(-1)
    if (current === undefined) tests.push({ name: item.name, skipped: false, results: [item] })
    else current.results.push(item)
  }
  const raw = tests.map(judgeFlat)
  const last = raw.at(-1)
  const fell = crash(output.stderr, output.root)
  if (!ended && last !== undefined && last.status !== 'failed') {
    const message = fell?.message ?? 'the process ended during this test'
    raw[raw.length - 1] = { ...last, status: 'failed', message, failedBy: 'other' }
  }
  const loadErrors = !ended && last === undefined && fell !== undefined ? [fell] : []
  return { tests: withIds(raw), loadErrors, ended }
}

/** Reads TAP of either dialect from the report file or, without one, from standard output. */
export function readTap(raw: RunOutput): Report | undefined {
  const output = { ...raw, stderr: plainText(raw.stderr) }
  const items = readTapLines(plainText(raw.file === '' ? raw.stdout : raw.file))
  const nested = items.some((item) => item.kind === 'comment' && item.text.startsWith('Subtest: '))
  const isTap = items.some((item) => item.kind === 'result' || item.kind === 'plan')
  if (nested) return readNested(items, output)
  const started = /^TAP version \d+/m.test(raw.stdout)
  if (isTap || started) return readFlat(items, output)
  const fell = crash(output.stderr, output.root)
  return fell === undefined ? undefined : { tests: [], loadErrors: [fell], ended: false }
}
