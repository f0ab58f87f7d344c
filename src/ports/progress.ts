/** What a person at the terminal sees while work goes on. Never decides anything. */
export interface Progress {
  /** A step began ("installing dependencies"); replaces the live line. */
  step(text: string): void
  /** One line that stays. */
  note(text: string): void
}

export const SILENT: Progress = { step: () => {}, note: () => {} }
