/** Starts the App, or a worker of it: finds every problem at once, waits for what is away, and says what it runs on. */
import { join } from 'node:path'
import { RetryableError } from '../../core/errors.ts'
import type { Random } from '../../ports/clock.ts'
import type { Disk } from '../../ports/disk.ts'
import type { Durable } from '../../ports/durable.ts'
import type { Log } from '../../ports/log.ts'
import type { Observer } from '../../engine/deps.ts'
import { type Door, openDoor } from '../door.ts'
import type { Env } from '../env.ts'
import { createFileLog } from '../file-log.ts'
import { isLoopback } from '../forge-urls.ts'
import { createInbox } from '../inbox.ts'
import { openWorks, type Works } from '../mill.ts'
import { createReadiness, type Readiness } from '../readiness.ts'
import type { KitOptions, SandboxKit } from '../sandbox-kit.ts'
import type { Watch } from '../watch.ts'
import { type App, createApp } from './app.ts'
import { type AppFacts, askGithub, type GithubAnswer } from './ask-github.ts'
import {
  askDatabase,
  awaitDatabase,
  type DatabaseAnswer,
  databaseAway,
  type DatabaseParts,
  watchDatabase,
} from './await-database.ts'
import { awaitGithub, githubAway, watchGithub } from './await-github.ts'
import { portProblem, sandboxOf, stateProblem } from './check-machine.ts'
import { modelProblems } from './check-model.ts'
import { type Problem, problemText } from './problem.ts'
import { databaseName, type Found, isComplete, readSettings, type Settings } from './settings.ts'
import { diskFull, watchDisk } from './watch-disk.ts'

export interface StartParts extends DatabaseParts {
  readonly env: Env
  readonly role: 'all' | 'worker'
  /** Where settings may be written, and what was run, for the sentence that names them. */
  readonly file: string
  readonly command: string
  readonly random: Random
  readonly observer: Observer
  readonly createKit: (options: KitOptions) => Promise<SandboxKit>
  readonly createDisk: (folder: string) => Disk
}

/** Undefined when it did not start; why was said. */
export async function startApp(parts: StartParts): Promise<App | undefined> {
  const { env, say, role, clock } = parts
  const { found, problems } = readSettings(env, role)
  const { stateRoot, port, host, database: where } = found
  const state = stateRoot === undefined ? undefined : await stateProblem(stateRoot)
  const folder = state ? undefined : stateRoot
  const log = folder === undefined ? undefined : createFileLog(join(folder, 'log.jsonl'), clock)
  const [taken, sandbox, model, github, database] = await Promise.all([
    port === undefined || port === null || host === undefined ? undefined : portProblem(host, port),
    folder === undefined ? undefined : sandboxOf({ ...parts, stateRoot: folder }),
    modelProblems(found.model, say),
    githubOf(found),
    folder === undefined || !log || !where
      ? undefined
      : askDatabase(parts, { database: where, stateRoot: folder }, log),
  ])
  const refusals = [sandbox, github, database].flatMap((answer) =>
    answer?.kind === 'refused' ? [answer.problem] : [],
  )
  const machine = [state, taken].filter((problem) => problem !== undefined)
  const all = [...problems, ...machine, ...model, ...refusals]
  const isReady = sandbox?.kind === 'kit' && isComplete(found) && github && database && log
  if (all.length > 0 || !isReady) {
    say(problemText(all, parts))
    if (github?.kind === 'away') say(githubAway(found.urls?.webUrl ?? 'GitHub', github.reason))
    if (database?.kind === 'away' && isComplete(found)) say(databaseAway(database.reason, found))
    if (database?.kind === 'open') await database.durable.close()
    return undefined
  }
  const disk = parts.createDisk(found.stateRoot)
  return startWith({ ...parts, settings: found, kit: sandbox.kit, disk, log }, { github, database })
}

interface Ready extends StartParts {
  readonly settings: Settings
  readonly kit: SandboxKit
  readonly disk: Disk
  readonly log: Log
}

interface Answers {
  readonly github: GithubAnswer
  readonly database: DatabaseAnswer
}

/** The door opens first: whoever looks after processes must see that this one lives, however long it waits. */
async function startWith(ready: Ready, { github, database }: Answers): Promise<App | undefined> {
  const { settings, log } = ready
  const { port, host, webhookSecret } = settings
  const readiness = createReadiness()
  const deliveries = webhookSecret !== null
  const door = port === null ? undefined : await openDoor({ port, host, deliveries, readiness, log })
  const opened = await awaitDatabase(ready, { place: settings, first: database, log, readiness })
  const durable = opened?.kind === 'open' ? opened.durable : undefined
  const app = durable && (await awaitApp(ready, { github, durable, readiness, door }))
  if (app && 'close' in app) return app
  const problem = app?.problem ?? (opened?.kind === 'refused' ? opened.problem : undefined)
  if (problem) ready.say(problemText([problem], ready))
  await door?.close()
  await durable?.close()
  return undefined
}

interface Opened {
  readonly github: GithubAnswer
  readonly durable: Durable
  readonly readiness: Readiness
  readonly door: Door | undefined
}

function awaitApp(ready: Ready, opened: Opened): Promise<App | { readonly problem: Problem } | undefined> {
  const { settings } = ready
  const { readiness, github } = opened
  return awaitGithub(ready, {
    settings,
    first: github,
    readiness,
    begin: async (facts) => {
      const watch = watchGithub(ready, settings, ready.log)
      const works = await tryWorks(ready, opened.durable, watch)
      if (works) return begin(ready, opened, { facts, works, watch })
      watch.close()
      return undefined
    },
  })
}

/** Undefined when GitHub went away in between. */
async function tryWorks(ready: Ready, durable: Durable, github: Watch): Promise<Works | undefined> {
  const { clock, random, observer, settings, kit, disk, log } = ready
  const { urls, stateRoot, secrets, workSlots, graceMs, appId, privateKey } = settings
  const look = (): void => void github.look().catch((error: unknown) => log.error('bug', error))
  try {
    return await openWorks({
      stateRoot,
      secrets,
      workSlots,
      graceMs,
      kit,
      disk,
      forge: { ...urls, appId, privateKey, paced: !isLoopback(urls.webUrl) },
      durable,
      model: { ...settings.model, source: 'live' },
      clock,
      random,
      observer,
      log,
      onForgeMiss: look,
    })
  } catch (error) {
    if (error instanceof RetryableError) return undefined
    throw error
  }
}

interface Begun {
  readonly facts: AppFacts
  readonly works: Works
  readonly watch: Watch
}

async function begin(
  ready: Ready,
  { durable, readiness, door }: Opened,
  { facts, works, watch }: Begun,
): Promise<App> {
  const { settings, clock, log } = ready
  const { webhookSecret, graceMs } = settings
  if (webhookSecret !== null)
    door?.accept(createInbox({ secret: webhookSecret, queue: works.queue, clock, log }))
  const disk = watchDisk({ ...ready, stateRoot: settings.stateRoot, queue: works.queue })
  // Before the first job is claimed.
  await disk.look()
  works.start()
  const database = watchDatabase(ready, durable, { place: settings, log })
  readiness.accepting([
    async () => said(await database.recent(), (reason) => databaseAway(reason, settings)),
    async () => said(watch.last(), (reason) => githubAway(settings.urls.webUrl, reason)),
    async () => said(await disk.recent(), (reason) => diskFull(settings.stateRoot, reason)),
  ])
  ready.say(startedText(settings, facts, door))
  return createApp({
    readiness,
    durable,
    door,
    takesDeliveries: webhookSecret !== null,
    works,
    watches: [database, watch, disk],
    graceMs,
  })
}

const said = (reason: string | undefined, sentence: (reason: string) => string): string | undefined =>
  reason === undefined ? undefined : sentence(reason)

function githubOf({ appId, privateKey, urls }: Found): Promise<GithubAnswer> | undefined {
  if (appId === undefined || privateKey === undefined || urls === undefined) return undefined
  return askGithub({ appId, privateKey, urls })
}

function startedText(settings: Settings, app: AppFacts, door: Door | undefined): string {
  const { urls, model, stateRoot, webhookSecret } = settings
  const where = app.installations.map(({ account, note }) => `${account} (${note})`).join(', ')
  return [
    `Millwright works as ${app.name} (${app.slug}[bot]).`,
    '',
    `  GitHub     ${urls.webUrl}`,
    `  installed  ${where || `nowhere yet: open ${app.page}/installations/new`}`,
    `  webhooks   ${webhookSecret === null ? 'come in elsewhere: npm run mill -- web' : door?.webhookUrl}`,
    `  model      ${model.name}${model.baseUrl === undefined ? '' : ` at ${model.baseUrl}`}`,
    `  sandbox    bubblewrap; every way out that was tried is shut`,
    `  state      ${stateRoot}`,
    `  database   ${databaseName(settings)}`,
    '',
    'Ctrl-C stops it.',
  ].join('\n')
}
