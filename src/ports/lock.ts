/** One writer per issue. The proof is a value that functions demand, so nobody saves state without holding the lock. */
declare const held: unique symbol
export interface LockProof {
  readonly key: string
  readonly [held]: true
}

export interface Locks {
  /** Runs `work` while holding the lock of `key`; waits for it first. Released whatever happens. */
  withLock<T>(key: string, work: (proof: LockProof) => Promise<T>): Promise<T>
}
