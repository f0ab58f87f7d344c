/** What one conversation costs: told to the run's meter, and held to the run's caps and to the role's own limits. */
import type { BetaMessage } from '@anthropic-ai/sdk/resources/beta'
import type { AgentSpec, AgentTask } from '../ports/agents.ts'
import { addSpend, capReached, NO_SPEND } from '../core/spend.ts'
import type { Continuity, Spend } from '../core/spend.ts'
import { failed } from './failed.ts'
import type { Failed } from './failed.ts'
import { continuityOf, tokenUsage } from './turn-report.ts'
import type { TokenUsage } from './turn-report.ts'

/** What one call came to. */
export interface CallCost {
  readonly spend: Spend
  readonly continuity: Continuity
}

export class Purse {
  readonly #spec: Pick<AgentSpec<unknown>, 'role' | 'limits'>
  readonly #meter: AgentTask['meter']
  readonly #price: (usage: TokenUsage) => number
  #spent: Spend = NO_SPEND

  constructor(
    spec: Pick<AgentSpec<unknown>, 'role' | 'limits'>,
    meter: AgentTask['meter'],
    price: (usage: TokenUsage) => number,
  ) {
    this.#spec = spec
    this.#meter = meter
    this.#price = price
  }

  /** Calls of this conversation, replayed ones too. */
  get turns(): number {
    return this.#spent.turns
  }

  costOf(message: BetaMessage): CallCost {
    const usage = tokenUsage(message.usage)
    const spend: Spend = { ...usage, usd: this.#price(usage), turns: 1 }
    return { spend, continuity: continuityOf(usage, this.turns === 0) }
  }

  /** `id` is the journal's: the meter counts it once, however often the call is replayed. */
  paid({ spend, continuity }: CallCost, id: string | undefined): void {
    this.#spent = addSpend(this.#spent, spend)
    this.#meter.add(spend, continuity, id)
  }

  /** Asked before every call that is really made: first the run's caps, then the role's own limits. */
  capHit(): Failed | undefined {
    const { turns, usd } = this.#spec.limits
    const run = capReached(this.#meter.spent(), this.#meter.limit)
    const own = capReached(this.#spent, { turns, usd })
    const hit = run ?? own
    if (!hit) return undefined
    const limit = run ? this.#meter.limit[run] : this.#spec.limits[hit]
    const whose = run ? 'The run' : `The role ${this.#spec.role}`
    const what = hit === 'usd' ? `${limit} USD` : `${limit} model calls`
    const code = run === undefined ? 'role_limit' : run === 'usd' ? 'budget_usd' : 'budget_turns'
    return failed(code, `${whose} has used its budget of ${what}.`)
  }
}
