/** A log that keeps its lines, so that a test can ask what the operator would have read. */
import type { Log } from '../../src/ports/log.ts'

export interface RecordedLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
  /** Message and stack of what was logged as an error. */
  readonly cause: string | undefined
}

export function recordingLog(): Log & { readonly lines: readonly RecordedLine[] } {
  const lines: RecordedLine[] = []
  return {
    lines,
    info: (event, fields = {}) => void lines.push({ level: 'info', event, fields, cause: undefined }),
    warn: (event, fields = {}) => void lines.push({ level: 'warn', event, fields, cause: undefined }),
    error: (event, cause, fields = {}) => {
      const told = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
      lines.push({ level: 'error', event, fields, cause: told })
    },
  }
}
