/** Lines of a stream that somebody else writes: bounded in length, unhurried by a slow reader. */
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Ends with the stream; calls `tooLong` once and ends when a line exceeds `limit` bytes. A rest without newline is dropped. */
export async function* readLines(
  stream: Readable,
  limit: number,
  tooLong: () => void,
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let parts: string[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const lines = decoder.write(chunk).split('\n')
      const rest = lines.pop() ?? ''
      for (const line of lines) {
        yield parts.join('') + line
        parts = []
        size = 0
      }
      parts.push(rest)
      size += rest.length
      if (size > limit) return tooLong()
    }
  } catch {
    // The process was killed while we read: its lines end here.
  }
}
