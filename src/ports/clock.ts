/** Time and chance, so that neither is read anywhere else. */
export interface Clock {
  /** Now, as ISO 8601 in UTC. */
  now(): string
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  /** `bytes` random bytes in lower-case hex. */
  hex(bytes: number): string
}
