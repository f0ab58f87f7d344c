/** The fields of a posted form; a browser's own, and no more of it than a form can hold. */
import type { IncomingMessage } from 'node:http'

/** Four short fields. Bytes. */
const LIMIT = 64 * 1024

/** Undefined for what is too long to be one. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > LIMIT) return undefined
    parts.push(part)
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'))
}
