/** How a process of ours ends: what went wrong in one sentence where it is nobody's bug, and never hanging. */
import { RetryableError, StageFailure, UserError } from '../core/errors.ts'

/** Exits with 0 for true and 1 for anything else. */
export async function runMain(main: () => Promise<boolean>): Promise<never> {
  let code = 1
  try {
    code = (await main()) ? 0 : 1
  } catch (error) {
    const ours =
      error instanceof UserError || error instanceof StageFailure || error instanceof RetryableError
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(ours ? `${error.message}\n` : `This is a bug in Millwright:\n${told}\n`)
  }
  // Nothing may keep a process that has said its last word: sockets that a peer holds open, for instance.
  process.exit(code)
}
