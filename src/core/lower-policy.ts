/** The lower of two policies: a config that allows less counts at once, and one that allows more for the next run. */
import type { Policy, Position } from './state.ts'

type Allowed = Pick<Policy, 'trust' | 'caps'>

/** Undefined where nothing of it is lower. */
export function lowerPolicy(policy: Policy, now: Allowed): Policy | undefined {
  const { trust: level, caps, began_with = { trust: level, caps } } = policy
  const trust = Math.min(level, now.trust)
  const usd = Math.min(caps.usd, now.caps.usd)
  const turns = Math.min(caps.turns, now.caps.turns)
  if (trust === level && usd === caps.usd && turns === caps.turns) return undefined
  return { ...policy, trust, caps: { usd, turns }, began_with }
}

/** The same for a run that is at work, past intake. */
export function lowerPosition(at: Position, now: Allowed): Position | undefined {
  if ('from' in at || at.stage === 'intake') return undefined
  const policy = lowerPolicy(at.spec.policy, now)
  return policy && { ...at, spec: { ...at.spec, policy } }
}
