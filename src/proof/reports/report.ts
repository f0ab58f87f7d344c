/** What a test report says, whatever its format: one entry per test, and the files that could not be loaded. */

/**
 * Why a test failed. `assertion`: the report says that an assertion did not hold. `load_error`: the file did not load.
 * `other`: it threw, timed out, or the report does not say; when in doubt it is this one.
 */
export type FailedBy = 'assertion' | 'load_error' | 'other'

export interface TestResult {
  /** Stable between runs: file (where the format always tells it) and full name; numbered when it repeats. */
  readonly id: string
  readonly file: string | undefined
  /** Names of the enclosing groups, then the test's own. */
  readonly path: readonly string[]
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly message: string
  readonly failedBy: FailedBy | undefined
}

export interface LoadError {
  /** Relative to the root where the report names it. */
  readonly file: string | undefined
  readonly message: string
}

export interface Report {
  readonly tests: readonly TestResult[]
  readonly loadErrors: readonly LoadError[]
  /** False when the runner broke off before it had reported everything. */
  readonly ended: boolean
}

/** What a run left: its streams, the report file where it wrote one, and where the checkout was. */
export interface RunOutput {
  readonly stdout: string
  readonly stderr: string
  readonly file: string
  readonly root: string
}

/** Reads one format; undefined when the output is not in it. Never throws. */
export type ReportReader = (output: RunOutput) => Report | undefined

export type RawTest = Omit<TestResult, 'id'>

export const SEPARATOR = ' › '

/** Gives every test its id. The second of two equal names becomes `name (2)`, in the order of the report. */
export function withIds(tests: readonly RawTest[]): TestResult[] {
  const seen = new Map<string, number>()
  return tests.map((test) => {
    const name = test.path.join(SEPARATOR)
    const plain = test.file === undefined ? name : `${test.file}${SEPARATOR}${name}`
    const count = (seen.get(plain) ?? 0) + 1
    seen.set(plain, count)
    return { ...test, id: count === 1 ? plain : `${plain} (${count})` }
  })
}

/** A path as the repository knows it. */
export function relativePath(path: string, root: string): string {
  const plain = path.replace(/^file:\/\//, '')
  return plain.startsWith(`${root}/`) ? plain.slice(root.length + 1) : plain.replace(/^\.\//, '')
}
