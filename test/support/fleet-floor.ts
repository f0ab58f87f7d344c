/** A fleet: a forge and a model here, one process that takes deliveries in, and as many workers as wanted, on one database. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGitHost } from '../../src/adapters/git/bare/create-git-host.ts'
import { createLocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import type { LocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import type { Issue } from '../../src/adapters/local-forge/world.ts'
import { createNodeClock, createNodeRandom } from '../../src/adapters/node/node-clock.ts'
import { readAppManifest } from '../../src/app/app-manifest.ts'
import { APP_SLUG, LABEL } from '../../src/app/demo/factory-floor.ts'
import { FLEET_ENDS, fleetFiles, fleetIssue, startFleetModel } from './fleet-work.ts'
import type { FleetEnd } from './fleet-work.ts'
import { writeFiles } from './floor.ts'
import { waitUntil } from './host-processes.ts'
import { freePort, startMillProcess } from './mill-process.ts'
import type { MillProcess } from './mill-process.ts'
import { startTestServer } from './postgres-server.ts'
import type { TestServer } from './postgres-server.ts'
import type { RoleModel } from './role-model.ts'

export interface FleetOptions {
  /** What a repository's issues come to, and how many there are. */
  readonly repositories: readonly { readonly end: FleetEnd; readonly issues: number }[]
  /** `shared`: all workers on one machine, on one state folder. `own`: as on machines of their own. */
  readonly folders: 'shared' | 'own'
  /** Runs at work at once in one worker; the default of `MILLWRIGHT_WORK_SLOTS` where absent. */
  readonly workSlots?: number
  /** How long the model thinks before each answer; not at all where absent. */
  readonly modelMs?: number
}

export interface FleetIssue {
  /** `acme-1/widget-3` */
  readonly repository: string
  readonly number: number
  /** Of all issues, from 1 on; the model is asked by it. */
  readonly request: number
  readonly end: FleetEnd
}

export interface FleetFloor {
  readonly forge: LocalForge
  readonly model: RoleModel
  /** Takes deliveries in, and does nothing else. */
  readonly web: MillProcess
  /** Of the database that all processes share. */
  readonly databaseUrl: string
  /** Starts one more; resolves when it takes work. */
  startWorker(): Promise<MillProcess>
  /** Opens all issues, and then labels all of them at once. */
  labelAll(): readonly FleetIssue[]
  /** Resolves when every issue has come to its end and nothing waits for anybody. Throws with what has not. */
  ended(patienceMs?: number): Promise<void>
  issue(about: FleetIssue): Issue
  /** Comments by the app on an issue, the state comment first. */
  ours(about: FleetIssue): readonly string[]
  /** Jobs that are not over, as lines of `queue state count`. */
  jobs(): Promise<readonly string[]>
  /** What the workers logged as errors. */
  errors(): Promise<readonly string[]>
  /** Asks all that still live to end, and waits for that. */
  close(): Promise<void>
}

/** GitHub lets one installation do 5,000 requests an hour, and so does the forge. */
const REPOSITORIES_OF_AN_OWNER = 5
const PATIENCE_MS = 600_000

interface Place {
  readonly name: string
  readonly owner: string
  readonly end: FleetEnd
  readonly requests: readonly number[]
}

export async function openFleetFloor(options: FleetOptions): Promise<FleetFloor> {
  const root = await mkdtemp(join(tmpdir(), 'mw-fleet-'))
  // A dropped uid must be able to pass on its way to a checkout.
  await chmod(root, 0o711)
  const places = placesOf(options)
  const endOf = (request: number): FleetEnd =>
    places.find(({ requests }) => requests.includes(request))?.end ?? 'plan'
  const [{ forge, env }, server, model] = await Promise.all([
    openForge(root, places),
    startTestServer(),
    startFleetModel(endOf, options.modelMs ?? 0),
  ])
  const databaseUrl = await server.freshUrl()
  const shared = {
    ...env,
    DATABASE_URL: databaseUrl,
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: model.url,
    ...(options.workSlots === undefined ? {} : { MILLWRIGHT_WORK_SLOTS: String(options.workSlots) }),
  }
  const started: MillProcess[] = []
  const start = async (command: 'web' | 'worker', name: string, more = {}): Promise<MillProcess> => {
    const folder = join(root, name)
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o711)
    const process = startMillProcess(command, { ...shared, MILLWRIGHT_STATE: folder, ...more })
    started.push(process)
    return process
  }
  const port = await freePort()
  const web = await start('web', 'web', { PORT: String(port) })
  await web.says('Millwright takes deliveries in.')
  forge.listen(APP_SLUG, {
    url: `http://127.0.0.1:${port}/api/github/webhooks`,
    secret: env.WEBHOOK_SECRET,
  })
  const issues: FleetIssue[] = []
  let workers = 0
  return {
    forge,
    model,
    web,
    databaseUrl,
    async startWorker() {
      workers += 1
      const worker = await start('worker', options.folders === 'own' ? `worker-${workers}` : 'worker')
      await worker.says('Millwright works as ')
      return worker
    },
    labelAll() {
      issues.push(...openIssues(forge, places))
      for (const { repository, number } of issues) forge.as('alice').label(repository, number, LABEL)
      return issues
    },
    ...looks(forge, server, { issues, databaseUrl }),
    errors: () => errorsUnder(root),
    async close() {
      await Promise.all(started.map((process) => process.stop()))
      await forge.close()
      await Promise.all([model.close(), server.close()])
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function errorsUnder(root: string): Promise<readonly string[]> {
  const folders = (await readdir(root)).filter((name) => name.startsWith('worker'))
  const logs = await Promise.all(
    folders.map((name) => readFile(join(root, name, 'log.jsonl'), 'utf8').catch(() => '')),
  )
  return logs.flatMap((log) => log.split('\n')).filter((line) => line.includes('"level":"error"'))
}

function placesOf({ repositories }: FleetOptions): readonly Place[] {
  let last = 0
  return repositories.map(({ end, issues }, index) => ({
    name: `widget-${index + 1}`,
    owner: `acme-${1 + Math.floor(index / REPOSITORIES_OF_AN_OWNER)}`,
    end,
    requests: Array.from({ length: issues }, () => (last += 1)),
  }))
}

async function openForge(root: string, places: readonly Place[]) {
  const random = createNodeRandom()
  const owners = [...new Set(places.map(({ owner }) => owner))]
  const repositories = await Promise.all(
    places.map(async ({ name, owner, end, requests }) => ({
      name,
      owner,
      labels: [LABEL],
      collaborators: { alice: 'write' as const },
      folder: await writeFiles(join(root, 'seed', name), fleetFiles(end, requests)),
    })),
  )
  const forge = await createLocalForge({
    gitHost: createGitHost({ root: join(root, 'forge') }),
    clock: createNodeClock(),
    random,
    users: [...owners.map((login) => ({ login, type: 'Organization' as const })), { login: 'alice' }],
    repositories,
  })
  const app = forge.seedApp({
    slug: APP_SLUG,
    ...readAppManifest(),
    installations: owners.map((account) => ({ account })),
  })
  const env = {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: random.hex(20),
    MILLWRIGHT_SECRET: random.hex(32),
    GITHUB_URL: forge.url,
  }
  return { forge, env }
}

/** In turn over the repositories, as they come from many people. */
function openIssues(forge: LocalForge, places: readonly Place[]): readonly FleetIssue[] {
  const alice = forge.as('alice')
  const createdAt = new Date(Date.now() - 60_000).toISOString()
  const rounds = Math.max(...places.map(({ requests }) => requests.length))
  return Array.from({ length: rounds }, (_none, round) =>
    places.flatMap(({ owner, name, end, requests }) => {
      const request = requests[round]
      if (request === undefined) return []
      const repository = `${owner}/${name}`
      const number = alice.openIssue(repository, { ...fleetIssue(end, request), createdAt })
      return [{ repository, number, request, end }]
    }),
  ).flat()
}

function looks(
  forge: LocalForge,
  server: TestServer,
  { issues, databaseUrl }: { issues: readonly FleetIssue[]; databaseUrl: string },
): Pick<FleetFloor, 'ended' | 'issue' | 'ours' | 'jobs'> {
  const issue = ({ repository, number }: FleetIssue): Issue => {
    const found = forge.repo(repository).issues.get(number)
    if (!found) throw new Error(`There is no #${number} in ${repository}`)
    return found
  }
  const ours = (about: FleetIssue): readonly string[] =>
    issue(about)
      .comments.filter(({ author }) => author.account.login === `${APP_SLUG}[bot]`)
      .map(({ body }) => body)
  const hasEnded = (about: FleetIssue): boolean =>
    ours(about)[0]?.includes(`### ${FLEET_ENDS[about.end].headline}\n`) ?? false
  const jobs = async (): Promise<readonly string[]> => {
    const rows = await server.query<{ line: string }>(
      databaseUrl,
      `SELECT concat_ws(' ', name, state, count(*)) AS line FROM millwright_queue.job_common
        WHERE name IN ('events', 'work') AND state IN ('created', 'retry', 'active', 'failed')
        GROUP BY name, state ORDER BY 1`,
    )
    return rows.map(({ line }) => line)
  }
  return {
    issue,
    ours,
    jobs,
    async ended(patienceMs = PATIENCE_MS) {
      const left = (): readonly FleetIssue[] => issues.filter((about) => !hasEnded(about))
      await waitUntil(async () => left().length === 0, patienceMs).catch(async () => {
        const lines = left().map(
          (about) => `${about.repository}#${about.number}: ${ours(about)[0]?.slice(0, 300)}`,
        )
        throw new Error(`${lines.length} have not ended:\n${lines.join('\n')}\n${(await jobs()).join('\n')}`)
      })
      // What a pull request sets off comes back as webhooks, and each of them asks for a look.
      await waitUntil(async () => {
        await forge.settled()
        return (await jobs()).length === 0
      }, patienceMs)
    },
  }
}
