/** A request's body, up to a limit: what is larger is not read, and costs no more memory than the limit. */
import type { IncomingMessage } from 'node:http'

/** `limit` in bytes. `too_large` leaves the rest unread, so the connection must be closed with the answer. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | 'too_large' | 'cut_off'> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too_large')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) {
        chunks.push(chunk)
        return
      }
      // Reading on without keeping anything would let one sender hold the line for ever.
      request.pause()
      resolve('too_large')
    })
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', () => resolve('cut_off'))
    request.once('close', () => resolve('cut_off'))
  })
}
