/** Picks the reader for a report format. */
import type { Commands } from '../../ports/proof.ts'
import { readGo } from './go-json.ts'
import { readJest } from './jest-json.ts'
import { readJunit } from './junit.ts'
import { readMocha } from './mocha-json.ts'
import { readPytest } from './pytest.ts'
import type { Report, ReportReader, RunOutput } from './report.ts'
import { readTap } from './tap.ts'
import { readVitest } from './vitest-json.ts'

export type ReportFormat = Commands['report']

const READERS: Readonly<Record<ReportFormat, ReportReader>> = {
  tap: readTap,
  jest: readJest,
  vitest: readVitest,
  mocha: readMocha,
  pytest: readPytest,
  junit: readJunit,
  go: readGo,
  none: () => undefined,
}

/** The report of a run, or undefined when its output is not in the format: then only its exit code counts. */
export function readReport(format: ReportFormat, output: RunOutput): Report | undefined {
  return READERS[format](output)
}
