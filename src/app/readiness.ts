/** Whether a process can be used now, and every reason why not. */

/** Undefined while nothing is wrong. */
type Check = () => Promise<string | undefined>

export interface Readiness {
  /** Why it is not there yet. */
  starting(reason: string): void
  /** Ready from now on, as far as these say so. */
  accepting(checks: readonly Check[]): void
  stopping(): void
  reasons(): Promise<readonly string[]>
}

export function createReadiness(): Readiness {
  let phase: string | undefined = 'It is starting.'
  let checks: readonly Check[] = []
  return {
    starting: (reason) => {
      phase = reason
    },
    accepting: (asked) => {
      phase = undefined
      checks = asked
    },
    stopping: () => {
      phase = 'It is stopping.'
    },
    async reasons() {
      const found = await Promise.all(checks.map((check) => check()))
      return [phase, ...found].filter((reason) => reason !== undefined)
    },
  }
}
