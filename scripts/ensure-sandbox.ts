/** Before the tests: bubblewrap, installed where it may be, named where it may not. Once, not by every test file. */
import { ensureBubblewrap } from '../src/adapters/sandbox/ensure-bubblewrap.ts'

const ensured = await ensureBubblewrap((line) => void process.stdout.write(`${line}\n`))
if (!ensured.ok) {
  process.stderr.write(`${ensured.problem}\n${ensured.fix}\n`)
  process.exitCode = 1
}
