/** Decides from error names and messages whether an assertion failed, and finds the error in a crash's output. */
import type { FailedBy, LoadError } from './report.ts'
import { relativePath } from './report.ts'

const ASSERTION = [
  /^(?:Uncaught )?AssertionError\b/,
  // jest's matchers and its rewriting of node:assert; vitest's `resolves` and `assertions` throw plain Errors.
  /^(?:Error: )?expect(?:\.\w+)*\(/,
  /^assert(?:\.\w+)*\(/,
  /^Error: expected .+ (?:to (?:be|equal|deeply|strictly|match|have|contain|throw|include)\b|but got )/s,
  /^Error: Snapshot `.*` mismatched/,
]

/** By the text of an error as runners print it: `Name: message`. Anything not known to be an assertion is `other`. */
export function failedByText(text: string): FailedBy {
  const start = text.trimStart()
  return ASSERTION.some((pattern) => pattern.test(start)) ? 'assertion' : 'other'
}

const ERROR_LINE = /^(?:Uncaught )?(?:[A-Z]\w*\.)?[A-Z]?\w*(?:Error|Exception)(?: \[\w+\])?: .+$/m
const PLACE = /^(?:file:\/\/)?(\/[^\s:]+):\d+$/m

/** The line that names the error in the output of a crash, or undefined when nothing looks like one. */
export function errorLine(text: string): string | undefined {
  return ERROR_LINE.exec(text)?.[0]
}

/** What made a runner break off before it could report, from its error output. */
export function crash(stderr: string, root: string): LoadError | undefined {
  const message = errorLine(stderr)
  if (message === undefined) return undefined
  const place = PLACE.exec(stderr)?.[1]
  return { file: place === undefined ? undefined : relativePath(place, root), message }
}
