/** The operator's log as JSON lines in a file: what happened when, never a secret, a prompt or a file's text. */
import { appendFileSync } from 'node:fs'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

export function createFileLog(path: string, clock: Clock): Log {
  const write = (level: string, event: string, fields: object): void => {
    const line = `${JSON.stringify({ at: clock.now(), level, event, ...fields })}\n`
    try {
      appendFileSync(path, line)
    } catch {
      // A full disk must not end what only wanted to say so.
      process.stderr.write(line)
    }
  }
  return {
    info: (event, fields = {}) => write('info', event, fields),
    warn: (event, fields = {}) => write('warn', event, fields),
    error: (event, cause, fields = {}) => {
      const told = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
      write('error', event, { ...fields, cause: told })
    },
  }
}
