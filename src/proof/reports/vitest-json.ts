/** vitest's `--reporter=json` report, which follows jest's. */
import { readJest } from './jest-json.ts'
import type { Report, RunOutput } from './report.ts'

/** Reads vitest's report from the report file, else from standard output. */
export function readVitest(output: RunOutput): Report | undefined {
  return readJest(output)
}
