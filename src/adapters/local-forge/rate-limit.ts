/** Counts requests as GitHub does: an hour's allowance per caller, spent by what was answered, not by 304. */
import type { Principal, World } from './world.ts'

/** Requests an hour: with a token, and without. */
export const RATE_LIMITS = { authenticated: 5000, anonymous: 60 }
const HOUR = 3_600_000

export interface RateLimit {
  /** True when nothing is left. */
  exhausted(principal: Principal): boolean
  spend(principal: Principal): void
  headers(principal: Principal): Record<string, string>
  overview(principal: Principal): Record<string, unknown>
}

export function createRateLimit(world: () => World, limits: typeof RATE_LIMITS): RateLimit {
  const windows = new Map<string, { used: number; reset: number }>()
  const now = () => Date.parse(world().clock.now())
  const windowOf = (principal: Principal) => {
    const key = keyOf(principal)
    const known = windows.get(key)
    const current = known && known.reset > now() ? known : { used: 0, reset: now() + HOUR }
    windows.set(key, current)
    return current
  }
  const view = (principal: Principal) => {
    const limit = principal.kind === 'anonymous' ? limits.anonymous : limits.authenticated
    const { used, reset } = windowOf(principal)
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.floor(reset / 1000) }
  }
  return {
    exhausted: (principal) => view(principal).remaining === 0,
    spend: (principal) => void windowOf(principal).used++,
    headers(principal) {
      const entries = Object.entries({ ...view(principal), resource: 'core' })
      return Object.fromEntries(entries.map(([key, value]) => [`x-ratelimit-${key}`, String(value)]))
    },
    overview(principal) {
      const core = view(principal)
      return { resources: { core, search: core, graphql: core }, rate: core }
    },
  }
}

/** One allowance per installation, App or person, however many tokens they have. */
function keyOf(principal: Principal): string {
  if (principal.kind === 'installation') return `installation ${principal.installation.id}`
  if (principal.kind === 'app') return `app ${principal.app.id}`
  return principal.kind === 'user' ? `user ${principal.account.id}` : 'anonymous'
}
