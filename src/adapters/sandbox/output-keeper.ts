/** Keeps the beginning and the end of a stream within a number of bytes, and counts what was cut between them. */

// Room for the sentence in the middle, so that the text as a whole stays within the limit.
const SENTENCE = 64

export class OutputKeeper {
  readonly #headLimit: number
  readonly #tailLimit: number
  #head: Buffer[] = []
  #headSize = 0
  #tail: Buffer[] = []
  #tailSize = 0
  #total = 0

  constructor(limit: number) {
    const room = Math.max(0, limit - SENTENCE)
    // Failures are reported last: the end gets the larger share.
    this.#headLimit = Math.floor(room / 3)
    this.#tailLimit = room - this.#headLimit
  }

  add(chunk: Buffer): void {
    this.#total += chunk.length
    const toHead = chunk.subarray(0, this.#headLimit - this.#headSize)
    if (toHead.length > 0) {
      this.#head.push(toHead)
      this.#headSize += toHead.length
    }
    const rest = chunk.subarray(toHead.length)
    if (rest.length === 0) return
    this.#tail.push(rest)
    this.#tailSize += rest.length
    // Whole chunks go at once; compacting only at twice the limit keeps the work linear.
    if (this.#tailSize > 2 * this.#tailLimit) this.#tail = [this.#compact()]
  }

  /** The text, with a line in the middle where bytes were cut, and their count (0 when all was kept). */
  finish(): { text: string; cut: number } {
    const head = Buffer.concat(this.#head)
    const tail = this.#compact()
    const cut = this.#total - head.length - tail.length
    if (cut === 0) return { text: Buffer.concat([head, tail]).toString('utf8'), cut }
    const from = wholeCharacters(head)
    const to = fromWholeCharacter(tail)
    const lost = this.#total - from.length - to.length
    return { text: `${from.toString('utf8')}\n[${lost} bytes cut here]\n${to.toString('utf8')}`, cut: lost }
  }

  #compact(): Buffer {
    const all = Buffer.concat(this.#tail)
    const kept = all.subarray(Math.max(0, all.length - this.#tailLimit))
    this.#tailSize = kept.length
    return kept
  }
}

const continues = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/** Without a character that was cut at the end: half a character would become a replacement sign. */
function wholeCharacters(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && end > bytes.length - 4 && continues(bytes[end - 1])) end -= 1
  const lead = bytes[end - 1]
  if (lead === undefined || lead < 0x80) return end === bytes.length ? bytes : bytes.subarray(0, end)
  const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
  return bytes.length - (end - 1) >= needed ? bytes : bytes.subarray(0, end - 1)
}

function fromWholeCharacter(bytes: Buffer): Buffer {
  let start = 0
  while (start < 4 && continues(bytes[start])) start += 1
  return bytes.subarray(start)
}
