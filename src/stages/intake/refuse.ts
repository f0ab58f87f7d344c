/** How intake says no: always with a code that people have a sentence for. */
import { StageFailure } from '../../core/errors.ts'
import type { FailureCode } from '../../core/event.ts'

/** `resumable`: a person can mend the cause, so the run waits. */
export function refuse(code: FailureCode, detail: string, resumable = false): never {
  throw new StageFailure(code, detail, { resumable })
}
