/** The kinds of error that cross floors. Anything else that is thrown is a bug of ours. */
import type { FailureCode } from './event.ts'

/** Somebody's config, repository or command; shown to them with the place and the fix. Never a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly code: FailureCode
  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The outside world says "later". */
export class RetryableError extends Error {
  override readonly name = 'RetryableError'
  readonly code: FailureCode
  /** How long to wait, where it said so. */
  readonly retryAfterMs: number | undefined
  /** What our own patience must not fall short of, where it said nothing. */
  readonly atLeastMs: number | undefined
  constructor(
    code: FailureCode,
    message: string,
    options: ErrorOptions & { retryAfterMs?: number; atLeastMs?: number } = {},
  ) {
    super(message, options)
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.atLeastMs = options.atLeastMs
  }
}

/** Work that ends without its artefact for a reason people are told. `resumable`: a person can mend the cause. */
export class StageFailure extends Error {
  override readonly name = 'StageFailure'
  readonly code: FailureCode
  readonly resumable: boolean
  constructor(code: FailureCode, detail: string, options: ErrorOptions & { resumable?: boolean } = {}) {
    super(detail, options)
    this.code = code
    this.resumable = options.resumable ?? false
  }
}

/** The reason of an aborted signal where the run itself asked for it, so that what runs is not taken up again. */
export class WorkCancelled extends Error {
  override readonly name = 'WorkCancelled'
}
