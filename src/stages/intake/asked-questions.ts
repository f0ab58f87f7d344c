/** Remembers what a run was asked, so that a comment that answers nothing does not buy the same questions again. */

interface Asked {
  readonly about: string
  readonly questions: readonly string[]
}

/** Runs whose questions are kept. What is forgotten is asked of the model once more, for cents. */
const KEPT = 100

export class AskedQuestions {
  readonly #kept = new Map<string, Asked>()

  keep(run: string, asked: Asked): void {
    this.#kept.delete(run)
    this.#kept.set(run, asked)
    const oldest = this.#kept.keys().next().value
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** The questions that were asked about exactly this text. */
  about(run: string, text: string): readonly string[] | undefined {
    const asked = this.#kept.get(run)
    return asked?.about === text ? asked.questions : undefined
  }
}
