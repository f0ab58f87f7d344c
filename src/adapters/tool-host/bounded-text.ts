/** Cuts what a tool says to a size a model can take, and says exactly what is missing and how to see it. */

/** Whole lines from the beginning; `more` says how to get the rest, given the number of the last line shown. */
export function firstLines(
  text: string,
  limit: number,
  more: (shown: number, total: number) => string,
): string {
  if (Buffer.byteLength(text) <= limit) return text
  const lines = text.split('\n')
  const kept: string[] = []
  let size = 0
  for (const line of lines) {
    size += Buffer.byteLength(line) + 1
    if (size > limit) break
    kept.push(line)
  }
  if (kept.length === 0) return `${cutToBytes(text, limit)}\n${more(0, lines.length)}`
  return `${kept.join('\n')}\n${more(kept.length, lines.length)}`
}

/** The first `limit` bytes without half a character at the end. */
function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text)
  return bytes.length <= limit ? text : decodePart(bytes.subarray(0, limit))
}

/** Text of a part of a longer whole: characters cut at its edges are left out. */
export function decodePart(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/^\uFFFD+|\uFFFD+$/g, '')
}
