/** What an App does as itself: who it is, where it is installed, tokens, and its webhook deliveries. */
import { ApiError, invalid, MovedError, notFound, suspended, unprocessable } from '../api-error.ts'
import { type Answer, type Call, json, paged, pageSize, type Route } from '../call.ts'
import { renderApp, renderInstallation } from '../render/account.ts'
import { renderRepository } from '../render/repository.ts'
import { isRecord } from '../fields.ts'
import type { Delivery } from '../delivery.ts'
import {
  type AppRecord,
  covers,
  fullName,
  type Installation,
  type Level,
  type Permissions,
} from '../world.ts'

/** Installation tokens live an hour. Milliseconds. */
const TOKEN_LIFE = 60 * 60 * 1000

const identityRoutes: Route[] = [
  { method: 'GET', path: '/app', handle: (call) => json(renderApp(call.world, appOf(call))) },
  {
    method: 'GET',
    path: '/app/installations',
    handle(call) {
      const app = appOf(call)
      const mine = call.world.installations.filter((known) => known.app === app)
      return paged(call, mine, (page) => page.map((known) => renderInstallation(call.world, known)))
    },
  },
  {
    method: 'GET',
    path: '/app/installations/{installation_id}',
    handle: (call) => json(renderInstallation(call.world, installationOf(call))),
  },
  {
    method: 'POST',
    path: '/app/installations/{installation_id}/access_tokens',
    handle: (call) => json(newToken(call, installationOf(call)), 201),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/installation',
    handle(call) {
      const app = appOf(call)
      const wanted = `${call.params['owner']}/${call.params['repo']}`.toLowerCase()
      const repo = call.world.repos.find((known) => fullName(known).toLowerCase() === wanted)
      const moved = call.world.formerNames.get(wanted)
      if (!repo && moved) throw new MovedError(`/repositories/${moved.id}/installation`)
      const found = repo && call.world.installations.find((one) => one.app === app && covers(one, repo))
      if (!found) throw notFound()
      return json(renderInstallation(call.world, found))
    },
  },
  {
    method: 'GET',
    path: '/installation/repositories',
    handle(call) {
      const { principal, world } = call
      if (principal.kind !== 'installation')
        throw new ApiError(
          403,
          'You must authenticate with an installation access token in order to list repositories for an installation.',
        )
      const { account } = principal.installation
      const seen = world.repos.filter(
        (repo) => covers(principal.installation, repo) && covers({ account, ...principal }, repo),
      )
      return paged(call, seen, (page) => ({
        total_count: seen.length,
        repository_selection: principal.repositories === 'all' ? 'all' : 'selected',
        repositories: page.map((repo) => renderRepository(world, repo)),
      }))
    },
  },
]

function appOf(call: Call): AppRecord {
  if (call.principal.kind === 'app') return call.principal.app
  throw new ApiError(401, 'A JSON web token could not be decoded')
}

function installationOf(call: Call): Installation {
  const app = appOf(call)
  const found = call.world.installations.find(
    (known) => known.app === app && String(known.id) === call.params['installation_id'],
  )
  if (!found) throw notFound()
  return found
}

function newToken(call: Call, installation: Installation): Record<string, unknown> {
  if (installation.suspended) throw suspended()
  const { world } = call
  const repositories = scopeOf(call, installation)
  const permissions = narrowed(call, installation.permissions)
  const expiresAt = new Date(Date.parse(world.clock.now()) + TOKEN_LIFE).toISOString()
  const token = `ghs_${world.random.hex(18)}`
  world.tokens.set(token, { kind: 'installation', token, installation, repositories, permissions, expiresAt })
  const seen = world.repos.filter((repo) => covers({ account: installation.account, repositories }, repo))
  return {
    token,
    expires_at: expiresAt,
    permissions: { metadata: 'read', ...permissions },
    repository_selection: repositories === 'all' ? 'all' : 'selected',
    ...(repositories !== 'all' && { repositories: seen.map((repo) => renderRepository(world, repo)) }),
  }
}

/** All of the installation, or the repositories that were named; one outside it is 422. */
function scopeOf(call: Call, installation: Installation): 'all' | ReadonlySet<number> {
  const ids = isRecord(call.rawBody) ? call.rawBody['repository_ids'] : undefined
  const names = call.body.optionalTexts('repositories')
  const inside = call.world.repos.filter((repo) => covers(installation, repo))
  if (!Array.isArray(ids) && !names) return installation.repositories
  const chosen = inside.filter((repo) =>
    Array.isArray(ids) ? ids.includes(repo.id) : names?.some((name) => name === repo.name),
  )
  if (chosen.length !== (Array.isArray(ids) ? ids : (names ?? [])).length)
    throw unprocessable(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    )
  return new Set(chosen.map((repo) => repo.id))
}

const LEVELS: readonly Level[] = ['read', 'write', 'admin']

function narrowed(call: Call, granted: Permissions): Permissions {
  const wanted = isRecord(call.rawBody) ? call.rawBody['permissions'] : undefined
  if (!isRecord(wanted)) return granted
  const entries = Object.entries(wanted).map(([name, value]) => {
    const level = LEVELS.find((known) => known === value)
    if (!level) throw invalid('Installation', `permissions.${name}`)
    const has = name === 'metadata' ? 'read' : granted[name]
    if (!has || LEVELS.indexOf(has) < LEVELS.indexOf(level))
      throw unprocessable('The permissions requested are not granted to this installation.')
    return [name, level] as const
  })
  return Object.fromEntries(entries)
}

const deliveriesOf = (call: Call) => {
  const { slug } = appOf(call)
  return call.world.deliveries.filter((known) => known.app === slug)
}

function deliveryOf(call: Call): Delivery {
  const found = deliveriesOf(call).find((known) => String(known.id) === call.params['delivery_id'])
  if (!found) throw notFound()
  return found
}

const deliveryRoutes: Route[] = [
  {
    method: 'GET',
    path: '/app/hook/deliveries',
    handle: listDeliveries,
  },
  {
    method: 'GET',
    path: '/app/hook/deliveries/{delivery_id}',
    handle(call) {
      const delivery = deliveryOf(call)
      return json({
        ...renderDelivery(delivery),
        url: delivery.url,
        request: { headers: delivery.requestHeaders, payload: delivery.payload },
        response: { headers: {}, payload: delivery.responseBody },
      })
    },
  },
  {
    method: 'POST',
    path: '/app/hook/deliveries/{delivery_id}/attempts',
    handle(call) {
      call.world.redeliver(deliveryOf(call))
      return json({}, 202)
    },
  },
]

export const appRoutes: Route[] = [...identityRoutes, ...deliveryRoutes]

/** Newest first, by a cursor and not by numbers of pages: while one reads, new ones are put in front. */
function listDeliveries(call: Call): Answer {
  const { query } = call
  const cursor = /^v1_(\d+)$/.exec(query.get('cursor') ?? '')?.[1]
  if (query.has('cursor') && cursor === undefined) throw unprocessable('Invalid cursor')
  const wanted = query.get('status')
  const found = deliveriesOf(call)
    .filter((one) => one.tried && one.id < Number(cursor ?? Infinity))
    .filter((one) => wanted === null || (wanted === 'success') === succeeded(one))
    .sort((a, b) => b.id - a.id)
  const page = found.slice(0, pageSize(call))
  const last = page.at(-1)
  if (!last || page.length === found.length) return json(page.map(renderDelivery))
  const next = new URL(call.url)
  next.searchParams.set('cursor', `v1_${last.id}`)
  return { ...json(page.map(renderDelivery)), headers: { link: `<${next.href}>; rel="next"` } }
}

const succeeded = ({ status }: Delivery) => status >= 200 && status < 300

/** GitHub's words: one that was taken is OK, of another it says what happened. */
function wordsFor(delivery: Delivery): string {
  if (succeeded(delivery)) return 'OK'
  return delivery.status === 0 ? 'failed to connect to host' : `Invalid HTTP Response: ${delivery.status}`
}

function renderDelivery(delivery: Delivery): Record<string, unknown> {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: wordsFor(delivery),
    status_code: delivery.status,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  }
}
