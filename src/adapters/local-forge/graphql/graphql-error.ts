/** A GraphQL refusal with GitHub's `type`, which it puts beside the message, not into extensions. */
export class TypedError extends Error {
  override readonly name = 'TypedError'
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}
