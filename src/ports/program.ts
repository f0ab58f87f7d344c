/** Running a program of this machine to its end, for adapters that may not start processes themselves. */
export interface ProgramOptions {
  /** All of its environment: nothing of ours is passed on. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Whom it runs as, where the app runs as root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined
}

export interface ProgramResult {
  /** Null where it could not be started or was killed. */
  readonly code: number | null
  /** What it printed on both channels, the end of it; or why it could not be started. */
  readonly output: string
}

/** Never rejects. What the program leaves running lives on when the app ends. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  options: ProgramOptions,
) => Promise<ProgramResult>
