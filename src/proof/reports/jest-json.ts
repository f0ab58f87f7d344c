/** jest's `--json` report; vitest's has the same shape and goes through the same reader. */
import { z } from 'zod'
import { plainText } from '../clean-output.ts'
import { errorLine, failedByText } from './failure-kind.ts'
import { jsonReport } from './json-text.ts'
import type { FailedBy, LoadError, RawTest, Report, RunOutput } from './report.ts'
import { relativePath, withIds } from './report.ts'

const assertionResult = z.object({
  ancestorTitles: z.array(z.string()),
  title: z.string(),
  status: z.string(),
  failureMessages: z.array(z.string()).nullish(),
  failureDetails: z.array(z.unknown()).nullish(),
})

const jestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().nullish(),
      assertionResults: z.array(assertionResult),
    }),
  ),
  success: z.boolean(),
})

/** jest's own matchers leave a `matcherResult`: better evidence than the wording of a message. */
const matcherFailure = z.object({ matcherResult: z.object({ pass: z.boolean() }) })

function failedBy(details: readonly unknown[], message: string): FailedBy {
  if (details.length > 0 && matcherFailure.safeParse(details[0]).success) return 'assertion'
  return failedByText(message)
}

function withoutStack(message: string): string {
  return message.split(/\n\s+at /)[0] ?? ''
}

function toTest(result: z.infer<typeof assertionResult>, file: string): RawTest {
  const path = [...result.ancestorTitles, result.title]
  if (result.status === 'passed') return { file, path, status: 'passed', message: '', failedBy: undefined }
  if (result.status !== 'failed')
    return { file, path, status: 'skipped', message: result.status, failedBy: undefined }
  const message = plainText(result.failureMessages?.[0] ?? '')
  const by = failedBy(result.failureDetails ?? [], message)
  return { file, path, status: 'failed', message: withoutStack(message), failedBy: by }
}

function loadMessage(message: string): string {
  const plain = plainText(message)
  const after = plain.split(/Test suite failed to run\s*/)[1] ?? plain
  return errorLine(after.replaceAll(/^\s+/gm, '')) ?? after.trim().split('\n')[0] ?? ''
}

/** Reads jest's report from the report file, else from standard output. */
export function readJest(output: RunOutput): Report | undefined {
  const report = jestReport.safeParse(jsonReport(output))
  if (!report.success) return undefined
  const tests: RawTest[] = []
  const loadErrors: LoadError[] = []
  for (const suite of report.data.testResults) {
    const file = relativePath(suite.name, output.root)
    if (suite.status === 'failed' && suite.assertionResults.every((result) => result.status !== 'failed'))
      loadErrors.push({ file, message: loadMessage(suite.message ?? '') })
    tests.push(...suite.assertionResults.map((result) => toTest(result, file)))
  }
  return { tests: withIds(tests), loadErrors, ended: true }
}
