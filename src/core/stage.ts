/** The stages of the line, in order, and what kind of place each is. */

/** Stages in which the factory does or awaits work for the run. */
export const WORKING_STAGES = [
  'intake',
  'planning',
  'awaiting_approval',
  'specifying',
  'coding',
  'verifying',
  'reviewing',
  'publishing',
  'integrating',
] as const
export type WorkingStage = (typeof WORKING_STAGES)[number]

/** Stages that hold a run until a person (or an answer) lets it go on from where it was. */
export const HELD_STAGES = ['needs_info', 'blocked', 'paused'] as const

/** Stages nothing leaves. */
export const TERMINAL_STAGES = ['merged', 'proposed', 'closed', 'stopped', 'failed'] as const
export type TerminalStage = (typeof TERMINAL_STAGES)[number]

export const STAGES = [...WORKING_STAGES, ...HELD_STAGES, ...TERMINAL_STAGES] as const
export type Stage = (typeof STAGES)[number]

export function isTerminal(stage: Stage): stage is TerminalStage {
  return (TERMINAL_STAGES as readonly Stage[]).includes(stage)
}
