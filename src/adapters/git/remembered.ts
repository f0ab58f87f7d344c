/**
 * What an object id stands for never changes: what git has told of one is not asked again as long as it is remembered.
 * Each question is a process of git's, and starting one stops everything else for as long as the machine takes for it.
 */

/** Full names alone: what a ref or a short name stands for may be something else the next time. */
const OBJECT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

interface Kept<T> {
  readonly answer: Promise<T>
  weight: number
}

export class Remembered<T> {
  readonly #kept = new Map<string, Kept<T>>()
  readonly #weigh: (answer: T) => number
  readonly #most: number
  #sum = 0

  /** Forgets what was not asked for the longest, once all weigh more than `most`. */
  constructor(most: number, weigh: (answer: T) => number) {
    this.#most = most
    this.#weigh = weigh
  }

  /** `where` and `about` beside the id: which mirror, and what of it. A failure is not remembered. */
  take(
    { where, id, about = '' }: { where: string; id: string; about?: string },
    ask: () => Promise<T>,
  ): Promise<T> {
    if (!OBJECT.test(id)) return ask()
    const key = `${where}\n${id}\n${about}`
    return this.#again(key) ?? this.#keep(key, ask())
  }

  /** Undefined where it was never asked. */
  known({ where, id }: { where: string; id: string }): Promise<T> | undefined {
    return this.#again(`${where}\n${id}\n`)
  }

  #again(key: string): Promise<T> | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    return kept.answer
  }

  #keep(key: string, answer: Promise<T>): Promise<T> {
    const kept: Kept<T> = { answer, weight: 0 }
    this.#kept.set(key, kept)
    answer.then(
      (value) => this.#weighIn(key, kept, this.#weigh(value)),
      () => this.#kept.get(key) === kept && this.#kept.delete(key),
    )
    return answer
  }

  #weighIn(key: string, kept: Kept<T>, weight: number): void {
    if (this.#kept.get(key) !== kept) return
    // Room would be made for it among all others, and in vain.
    if (weight > this.#most) return void this.#kept.delete(key)
    kept.weight = weight
    this.#sum += weight
    for (const [oldest, { weight: freed }] of this.#kept) {
      if (this.#sum <= this.#most) return
      this.#kept.delete(oldest)
      this.#sum -= freed
    }
  }
}
