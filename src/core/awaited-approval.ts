/** What waits for a person's approval, and the hash that names it: an approval holds for that alone. */
import type { RunState } from './state.ts'

export interface AwaitedApproval {
  readonly what: 'plan' | 'change'
  readonly hash: string
}

export function awaitedApproval({ at }: RunState): AwaitedApproval | undefined {
  if (at.stage === 'awaiting_approval') return { what: 'plan', hash: at.plan_hash }
  if (at.stage !== 'paused' || at.reason.code !== 'publish_gate' || at.from.stage !== 'publishing')
    return undefined
  return { what: 'change', hash: at.from.evidence.tree }
}

/** The words to say. Twelve characters: people copy them, and nobody makes a second plan that begins like the first. */
export function approveWords({ hash }: AwaitedApproval): string {
  return `\`/mill approve ${hash.slice(0, 12)}\``
}
