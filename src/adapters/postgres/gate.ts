/** Whether new work may be claimed, for loops that wait for the one and for the other. */
export interface Gate {
  open(): void
  shut(): void
  /** For good: nobody waits any more. */
  close(): void
  /** Resolves when it is open, at once where it is; with false once it is closed. */
  opened(): Promise<boolean>
  /** The same when it is shut. */
  shutAgain(): Promise<boolean>
}

export function createGate(): Gate {
  const waiting = new Set<() => void>()
  let now: 'open' | 'shut' | 'closed' = 'open'
  const set = (next: typeof now): void => {
    if (now === 'closed') return
    now = next
    for (const wake of waiting) wake()
    waiting.clear()
  }
  const until = async (wanted: typeof now): Promise<boolean> => {
    while (now !== wanted && now !== 'closed') await new Promise<void>((resolve) => waiting.add(resolve))
    return now !== 'closed'
  }
  return {
    open: () => set('open'),
    shut: () => set('shut'),
    close: () => set('closed'),
    opened: () => until('open'),
    shutAgain: () => until('shut'),
  }
}
