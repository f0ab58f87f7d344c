/** Faults on order: what GitHub and networks do on bad days, for tests of those who have to live with it. */

export interface Fault {
  /** Any, when absent. */
  readonly method?: string
  /** A path, a route template, or a pattern of paths. Any, when absent. */
  readonly path?: string | RegExp
  /** Answer with this instead of doing anything. */
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Cut the connection: `before` anything is done, or `after`, when it is done but nobody hears of it. */
  readonly reset?: 'before' | 'after'
  /** How many requests it hits; default 1. */
  readonly times?: number
}

export interface Faults {
  readonly add: (fault: Fault) => void
  /** The fault for this request, counted as used. */
  take(request: { method: string; path: string; route: string | undefined }): Fault | undefined
}

export function createFaults(): Faults {
  const waiting: { fault: Fault; left: number }[] = []
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    take({ method, path, route }) {
      const found = waiting.find(
        ({ fault, left }) =>
          left > 0 && (fault.method ?? method) === method && matches(fault.path, [path, route]),
      )
      if (found) found.left--
      return found?.fault
    },
  }
}

function matches(wanted: Fault['path'], [path = '', route]: (string | undefined)[]): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? wanted === path || wanted === route : wanted.test(path)
}
