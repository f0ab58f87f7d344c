/** mocha's `--reporter json` report. */
import { z } from 'zod'
import { plainText } from '../clean-output.ts'
import { crash, failedByText } from './failure-kind.ts'
import { jsonReport } from './json-text.ts'
import type { RawTest, Report, RunOutput } from './report.ts'
import { relativePath, withIds } from './report.ts'

const mochaTest = z.object({
  title: z.string(),
  fullTitle: z.string(),
  file: z.string().nullish(),
  err: z.object({
    name: z.string().optional(),
    code: z.unknown().optional(),
    message: z.string().optional(),
    stack: z.string().optional(),
  }),
})
type MochaTest = z.infer<typeof mochaTest>

const mochaReport = z.object({
  tests: z.array(mochaTest),
  pending: z.array(mochaTest),
  failures: z.array(mochaTest),
})

function pathOf(test: MochaTest): string[] {
  const group = test.fullTitle.endsWith(test.title)
    ? test.fullTitle.slice(0, test.fullTitle.length - test.title.length).trim()
    : ''
  // mocha joins the titles of groups with blanks, so that nested groups cannot be told apart.
  return group === '' ? [test.title] : [group, test.title]
}

function toTest(test: MochaTest, isPending: boolean, root: string): RawTest {
  const file = typeof test.file === 'string' ? relativePath(test.file, root) : undefined
  const path = pathOf(test)
  if (isPending) return { file, path, status: 'skipped', message: 'pending', failedBy: undefined }
  const text = plainText(test.err.stack ?? test.err.message ?? '')
  if (text === '') return { file, path, status: 'passed', message: '', failedBy: undefined }
  const named = test.err.name === 'AssertionError' || test.err.code === 'ERR_ASSERTION'
  const message = text.split(/\n\s+at /)[0] ?? ''
  return { file, path, status: 'failed', message, failedBy: named ? 'assertion' : failedByText(text) }
}

/** Reads mocha's report; when mocha broke off while loading files it wrote none, and its error says why. */
export function readMocha(output: RunOutput): Report | undefined {
  const report = mochaReport.safeParse(jsonReport(output))
  if (!report.success) {
    const fell = crash(plainText(output.stderr), output.root)
    return fell === undefined ? undefined : { tests: [], loadErrors: [fell], ended: false }
  }
  const { tests, pending, failures } = report.data
  const key = (test: MochaTest): string => `${test.file ?? ''}\n${test.fullTitle}`
  const waiting = new Set(pending.map(key))
  const listed = new Set(tests.map(key))
  // A failed hook is in no list but that of the failures.
  const hooks = failures.filter((test) => !listed.has(key(test)))
  const all = [...tests, ...hooks].map((test) => toTest(test, waiting.has(key(test)), output.root))
  return { tests: withIds(all), loadErrors: [], ended: true }
}
