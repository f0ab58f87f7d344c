/** Structured log lines for operators. Never carries a secret, a prompt or a file's text. */
export interface Log {
  info(event: string, fields?: Record<string, string | number | boolean>): void
  warn(event: string, fields?: Record<string, string | number | boolean>): void
  /** `cause` is logged with its stack; it is never shown to people. */
  error(event: string, cause: unknown, fields?: Record<string, string | number | boolean>): void
}
