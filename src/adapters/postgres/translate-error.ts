/** What the driver throws, translated by type and SQLSTATE: a database that is away is "later", the rest are bugs. */
import { types } from 'node:util'
import pg from 'pg'
import { RetryableError } from '../../core/errors.ts'

/** The server is going down, coming up, only a copy, or broke the statement off for the sake of another. */
const AWAY = new Set([
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '57014',
  '25006',
  '40001',
  '40P01',
  '25P03',
  '55P03',
])

export function translateError(error: unknown): unknown {
  return isAway(error)
    ? new RetryableError('store_unavailable', 'the database could not be reached', { cause: error })
    : error
}

function isAway(error: unknown): boolean {
  if (!types.isNativeError(error)) return false
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error
    // 08: connection exceptions. 53: no disk, memory or connection left. 58: its own files or system calls failed it.
    return AWAY.has(code) || ['08', '53', '58'].includes(code.slice(0, 2))
  }
  // The driver has no type of its own for a lost connection: those are plain Errors, with or without a system's code.
  return error.name === 'Error' || error.name === 'AggregateError'
}
