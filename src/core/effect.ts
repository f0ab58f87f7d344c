/** Effects: things to do, as data. The reducer asks for them; the engine carries them out. */
import { z } from 'zod'

/** One work effect per working stage that acts. */
const WORK_KINDS = [
  'check_intake',
  'make_plan',
  'write_tests',
  'write_code',
  'prove_change',
  'review_change',
  'publish_change',
] as const
export type WorkKind = (typeof WORK_KINDS)[number]

/** `cancel_work` aborts whatever still runs for the issue; it answers with nothing. */
export const EFFECT_KINDS = [...WORK_KINDS, 'cancel_work'] as const
export type EffectKind = (typeof EFFECT_KINDS)[number]

/**
 * An effect. Its id (`<run>.<rev>.<index>`) is the job key, the marker in what it posts, and the trailer of its commit:
 * three ways to see that it is done already. What it needs to know is in the state it was saved with.
 */
export const effect = z.strictObject({ id: z.string().min(1).max(80), kind: z.enum(EFFECT_KINDS) })
export type Effect = z.infer<typeof effect>
