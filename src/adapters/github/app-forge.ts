/** What the App asks as itself: where it is installed, and which of its webhooks nobody took. */
import type { RepoRef } from '../../core/ids.ts'
import type { AppForge, FailedDelivery } from '../../ports/app-forge.ts'
import type { GithubClient } from './github-client.ts'
import type { AuthenticatedClient } from './installation-clients.ts'
import { refreshToken } from './installation-clients.ts'
import { allPages, PAGE } from './pages.ts'
import { heldBack, refused, translateError } from './translate-error.ts'
import type { Intent } from './translate-error.ts'

/** Ten thousand of each: installations, repositories of one, deliveries. */
const MOST_PAGES = 100

export function createAppForge(authenticate: AuthenticatedClient): AppForge {
  const as = async <T>(intent: Intent, call: (app: GithubClient) => Promise<T>): Promise<T> => {
    try {
      return await call(await authenticate())
    } catch (error) {
      throw translateError(error, intent)
    }
  }
  return {
    repositories: () => as(LISTING, (app) => repositories(authenticate, app)),
    failedDeliveries: (since) => as(DELIVERIES, (app) => failedDeliveries(app, since)),
    redeliver: (id) =>
      as(REDELIVERY, async (app) => {
        // It would only come twice, but whether it is asked for again is the caller's.
        const request = app.request.defaults({ request: { retries: 0 } })
        await request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id })
      }),
  }
}

const LISTING = { doing: 'to list where the App is installed', needs: 'Metadata: read' }
const DELIVERIES = { doing: "to list the App's webhook deliveries", needs: 'Metadata: read' }
const REDELIVERY = { doing: 'to send a webhook delivery again', needs: 'Metadata: read' }

async function repositories(authenticate: AuthenticatedClient, app: GithubClient): Promise<RepoRef[]> {
  const installations = await allPages(async (page) => {
    const { data } = await app.request('GET /app/installations', { per_page: PAGE, page })
    return data
  }, MOST_PAGES)
  const found: RepoRef[] = []
  for (const { id, suspended_at: suspended } of installations)
    if (!suspended) found.push(...(await repositoriesOf(authenticate, id)))
  return found
}

/** None where the installation was removed or suspended meanwhile, or is limited: the others are not made to wait. */
async function repositoriesOf(
  authenticate: AuthenticatedClient,
  installation: number,
): Promise<readonly RepoRef[]> {
  try {
    const client = await authenticate(installation)
    return await withFreshToken(client, () => listRepositories(client))
  } catch (error) {
    if (heldBack(error) || [403, 404, 429].includes(refused(error)?.status ?? 0)) return []
    throw error
  }
}

function listRepositories(client: GithubClient): Promise<readonly RepoRef[]> {
  return allPages(async (page) => {
    const { data } = await client.request('GET /installation/repositories', { per_page: PAGE, page })
    return data.repositories.map(({ id, owner, name }) => ({ id: Number(id), owner: owner.login, name }))
  }, MOST_PAGES)
}

/** A token may have been taken back before its hour was over. */
async function withFreshToken<T>(client: GithubClient, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (refused(error)?.status !== 401) throw error
    await refreshToken(client)
    return call()
  }
}

/** As GitHub's own sample does it: by GUID, and only those of which no attempt was taken. */
async function failedDeliveries(app: GithubClient, since: string): Promise<readonly FailedDelivery[]> {
  const seen = new Map<string, Seen>()
  let taken = 0
  for (let page = 1, cursor: string | undefined; page <= MOST_PAGES; page++) {
    const { data, headers } = await app.request('GET /app/hook/deliveries', {
      per_page: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const each of data) {
      if (Date.parse(each.delivered_at) < Date.parse(since)) return untaken(seen)
      const isTaken = each.status === 'OK' || (each.status_code >= 200 && each.status_code < 300)
      if (isTaken) taken++
      const newest = seen.get(each.guid) ?? { ...newestOf(each), taken, isTaken, attempts: 0 }
      seen.set(each.guid, {
        ...newest,
        isTaken: newest.isTaken || isTaken,
        firstAt: each.delivered_at,
        isWhole: !each.redelivery,
        attempts: newest.attempts + 1,
        takenSinceFirst: taken,
      })
    }
    cursor = nextCursor(headers.link)
    if (cursor === undefined) break
  }
  return untaken(seen)
}

/** All attempts of one delivery, as far back as the list was read. */
interface Seen {
  readonly id: number
  readonly guid: string
  readonly event: string
  readonly deliveredAt: string
  readonly firstAt: string
  readonly attempts: number
  readonly isTaken: boolean
  /** Down to the first attempt, which is the one that is no redelivery. */
  readonly isWhole: boolean
  /** How many deliveries were taken after its newest attempt, and after its first. */
  readonly taken: number
  readonly takenSinceFirst: number
}

function newestOf({
  id,
  guid,
  event,
  delivered_at: deliveredAt,
}: {
  readonly id: number | bigint
  readonly guid: string
  readonly event: string
  readonly delivered_at: string
}): Pick<Seen, 'id' | 'guid' | 'event' | 'deliveredAt'> {
  return { id: Number(id), guid, event, deliveredAt }
}

/** What is older than the list goes back is older than GitHub sends again. */
function untaken(seen: ReadonlyMap<string, Seen>): FailedDelivery[] {
  return [...seen.values()].flatMap(({ isTaken, isWhole, taken, takenSinceFirst, ...delivery }) => {
    if (isTaken || !isWhole) return []
    const since = taken > 0 ? 'since' : 'none'
    return { ...delivery, othersTaken: takenSinceFirst > taken ? 'meanwhile' : since }
  })
}

function nextCursor(link: string | undefined): string | undefined {
  const next = /<([^>]+)>; *rel="next"/.exec(link ?? '')?.[1]
  return (next !== undefined && URL.parse(next)?.searchParams.get('cursor')) || undefined
}
