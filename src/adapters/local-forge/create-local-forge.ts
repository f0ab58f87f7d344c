/** The local forge: GitHub's API, webhooks and git over HTTP on this machine, over real bare repositories. */
import type { Server } from 'node:http'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { UserError } from '../../core/errors.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { GitHost } from '../../ports/git-host.ts'
import { ApiError } from './api-error.ts'
import { createFaults, CUT, type Fault, withFaults } from './faults.ts'
import { createGraphqlEndpoint } from './graphql-endpoint.ts'
import { addPages } from './pages/add-pages.ts'
import { personIn, type Person } from './people.ts'
import { createRateLimit, RATE_LIMITS } from './rate-limit.ts'
import { createRouter } from './router.ts'
import { allRoutes } from './routes/all-routes.ts'
import { type Exchange, type LoggedRequest, serve, type ServeParts } from './serve.ts'
import {
  accountOf,
  type AppCredentials,
  type SeedApp,
  seedApp,
  type SeedRepository,
  seedRepository,
  type SeedUser,
  seedUser,
} from './seed.ts'
import { createSmartGit, isGitPath } from './smart-git.ts'
import { createWebhooks } from './webhooks.ts'
import type { Delivery, FateOf } from './delivery.ts'
import type { Protection } from './protection.ts'
import { findRepo, type Repo, type World } from './world.ts'

export interface LocalForgeOptions {
  readonly gitHost: GitHost
  readonly clock: Clock
  readonly random: Random
  /** Default 0: any free one. Always on 127.0.0.1. */
  readonly port?: number
  readonly users: readonly SeedUser[]
  readonly repositories: readonly SeedRepository[]
  readonly apps?: readonly SeedApp[]
  /** Requests an hour; GitHub's when absent. */
  readonly rateLimits?: typeof RATE_LIMITS
  /** Called after every REST exchange; what it throws is remembered and thrown by `close`. */
  readonly onExchange?: (exchange: Exchange) => void
}

export interface LocalForge {
  /** For pages, git and API alike; the API is also below `/api/v3`, GraphQL at `/graphql` and `/api/graphql`. */
  readonly url: string
  readonly requests: readonly LoggedRequest[]
  readonly deliveries: readonly Delivery[]
  /** All records, for assertions. Reading only. */
  readonly state: World
  repo(name: string): Repo
  app(slug: string): AppCredentials
  /** Acts as a person does on GitHub's pages. */
  as(login: string): Person
  seedUser(user: SeedUser): void
  seedRepository(repository: SeedRepository): Promise<void>
  seedApp(app: SeedApp): AppCredentials
  /** Where an App's webhooks go from now on. */
  listen(slug: string, webhook: { url: string; secret: string }): void
  protect(repo: string, branch: string, rules: Protection): void
  archive(repo: string): void
  fault(fault: Fault): void
  /** Forgets the faults that have not hit yet. */
  faultsEnd(): void
  /** Loses, fails, repeats, delays and reorders webhooks from now on; undefined ends it. */
  disturb(fateOf: FateOf | undefined): void
  /** What is new is on no list of issues, pull requests or comments until it is that old; milliseconds, 0 ends it. */
  lag(ms: number): void
  /** Resolves when every webhook so far was answered or failed. */
  settled(): Promise<void>
  /** Stops listening and sending. Doing it again does nothing. */
  close(): Promise<void>
}

export async function createLocalForge(options: LocalForgeOptions): Promise<LocalForge> {
  const world = createWorld(options)
  const keys = new Map<string, AppCredentials>()
  for (const user of options.users) seedUser(world, user)
  for (const repository of options.repositories) await seedRepository(world, repository)
  for (const app of options.apps ?? []) keys.set(app.slug, seedApp(world, app))
  const traffic = createTraffic(options)
  const faults = createFaults()
  const parts: ServeParts = {
    world,
    router: createRouter(allRoutes),
    faults,
    rateLimit: createRateLimit(() => world, options.rateLimits ?? RATE_LIMITS),
    report: (exchange) => traffic.report(exchange),
  }
  const server = createAdaptorServer({ fetch: createApp(parts).fetch }) as Server
  world.base = await listenOn(server, options.port ?? 0)
  let closing: Promise<void> | undefined
  const close = async () => {
    await world.webhooks.close()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    traffic.rethrow()
  }
  return {
    url: world.base,
    requests: traffic.requests,
    deliveries: world.deliveries,
    state: world,
    ...controls(world, keys),
    fault: faults.add,
    faultsEnd: faults.end,
    disturb: world.webhooks.disturb,
    lag: (ms) => void (world.readLag = ms),
    settled: () => world.webhooks.settled(),
    close: () => (closing ??= close()),
  }
}

type LiveWorld = World & { readonly webhooks: ReturnType<typeof createWebhooks> }

function createWorld({ clock, random, gitHost }: LocalForgeOptions): LiveWorld {
  let last = 1000
  const webhooks = createWebhooks(() => world)
  const world: LiveWorld = {
    clock,
    random,
    gitHost,
    webhooks,
    accounts: new Map(),
    apps: [],
    installations: [],
    tokens: new Map(),
    repos: [],
    formerNames: new Map(),
    conversions: new Map(),
    nextId: () => ++last,
    base: '',
    readLag: 0,
    emit: webhooks.emit,
    notify: webhooks.notify,
    deliveries: webhooks.deliveries,
    redeliver: webhooks.redeliver,
  }
  return world
}

/** The log, and the first complaint of who looks on: thrown late, since a request is no place to fail a test. */
function createTraffic({ onExchange }: LocalForgeOptions) {
  const requests: LoggedRequest[] = []
  const complaints: unknown[] = []
  return {
    requests,
    report(exchange: Exchange) {
      const { method, path, route, status, notModified, by } = exchange
      requests.push({ method, path, route, status, notModified, by })
      try {
        onExchange?.(exchange)
      } catch (error) {
        complaints.push(error)
      }
    },
    rethrow() {
      if (complaints.length > 0) throw complaints[0]
    },
  }
}

type App = Hono<{ Bindings: HttpBindings }>

function createApp(parts: ServeParts): App {
  const app: App = new Hono()
  const smartGit = createSmartGit(parts.world)
  const graphql = createGraphqlEndpoint(parts)
  const answers = (context: Context<{ Bindings: HttpBindings }>, answer: Response | typeof CUT) => {
    if (answer !== CUT) return answer
    context.env.incoming.socket.destroy()
    return new Response(null, { status: 500 })
  }
  for (const path of ['/graphql', '/api/graphql'])
    app.post(path, async (context) => answers(context, await graphql(context.req.raw)))
  addPages(app, parts.world)
  app.all('*', async (context) => {
    const request = context.req.raw
    const path = new URL(request.url).pathname.replace(/^\/api\/v3(?=\/)/, '')
    if (!isGitPath(path)) return answers(context, await serve(parts, request, path))
    const aim = { method: request.method, path, route: undefined }
    const work = () => smartGit(request, path)
    return answers(context, await withFaults(parts.faults, aim, { work, seen: () => {} }))
  })
  app.onError((error) =>
    error instanceof ApiError
      ? Response.json(error.body, { status: error.status })
      : Response.json({ message: 'Server Error', detail: error.message }, { status: 500 }),
  )
  return app
}

async function listenOn(server: Server, port: number): Promise<string> {
  await new Promise<void>((done, failed) => {
    server.once('error', (error) =>
      failed(
        new UserError(
          'config_invalid',
          `Local forge: port ${port} cannot be used (${error.message}); take another.`,
        ),
      ),
    )
    server.listen(port, '127.0.0.1', done)
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`
}

function controls(world: World, keys: Map<string, AppCredentials>) {
  const missing = (what: string) =>
    new UserError('config_invalid', `The local forge has no ${what}; seed it first.`)
  const repo = (name: string): Repo => {
    const [owner = '', short = ''] = name.split('/')
    const found = findRepo(world, owner, short)
    if (!found) throw missing(`repository "${name}"`)
    return found
  }
  return {
    repo,
    app(slug: string) {
      const found = keys.get(slug)
      if (!found) throw missing(`App "${slug}"`)
      return found
    },
    as: (login: string) => personIn(world, accountOf(world, login)),
    seedUser: (user: SeedUser) => void seedUser(world, user),
    async seedRepository(repository: SeedRepository) {
      await seedRepository(world, repository)
    },
    seedApp(app: SeedApp) {
      const made = seedApp(world, app)
      keys.set(app.slug, made)
      return made
    },
    listen(slug: string, webhook: { url: string; secret: string }) {
      const found = world.apps.find((known) => known.slug === slug)
      if (!found) throw missing(`App "${slug}"`)
      found.hook = webhook
    },
    protect: (name: string, branch: string, rules: Protection) =>
      void repo(name).protection.set(branch, rules),
    archive: (name: string) => void (repo(name).archived = true),
  }
}
