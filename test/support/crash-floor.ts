/** A forge and a model here, and Millwright in a process of its own that dies where it is armed and is started again. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGitHost } from '../../src/adapters/git/bare/create-git-host.ts'
import { createLocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import type { LocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import { createNodeClock, createNodeRandom } from '../../src/adapters/node/node-clock.ts'
import { readAppManifest } from '../../src/app/app-manifest.ts'
import { APP_SLUG, LABEL } from '../../src/app/demo/factory-floor.ts'
import { GOES_ON, STANDS } from './crash-points.ts'
import type { Armed } from './crash-points.ts'
import type { CrashWorkerOptions } from './crash-worker.ts'
import { writeFiles } from './floor.ts'
import { waitUntil } from './host-processes.ts'
import { startRoleModel } from './role-model.ts'
import type { RoleModel } from './role-model.ts'
import { askedTwice } from './scripted-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from './small-repository.ts'

/** What is left on the forge of one repository when its run stands still, without ids and times. */
export interface Outcome {
  readonly comments: readonly string[]
  readonly branches: readonly string[]
  readonly pulls: readonly string[]
  readonly reviews: number
  readonly checks: number
}

export interface CrashFloor {
  readonly forge: LocalForge
  readonly model: RoleModel
  /** The file that the embedded server writes its process id into. */
  readonly serverPid: string
  /** Starts Millwright; it dies at `armed`, or stands still, when it comes there. Webhooks go to whoever started last. */
  start(armed?: Armed): Promise<ChildProcess>
  /** The same for one that runs. */
  arm(worker: ChildProcess, armed: Armed): Promise<void>
  /** Resolves when it has come to where it was to stand still. */
  standsStill(worker: ChildProcess): Promise<void>
  /** Where webhooks go from now on. */
  callOn(worker: ChildProcess): void
  /** Opens and labels the issue in a repository that no run had yet. Returns the repository's name. */
  begin(): string
  /** Resolves when the run of that repository has its draft and asks for nothing more. */
  published(name: string): Promise<Outcome>
  outcome(name: string): Promise<Outcome>
  /** The headlines that the comments of that repository were given, edit by edit. */
  headlines(name: string): readonly string[]
  /** Requests to the model, from the `since`-th on, that were made more than once. */
  askedTwice(since: number): readonly string[]
  /** The names of what it has logged. */
  log(worker: ChildProcess): Promise<readonly string[]>
  close(): Promise<void>
}

const READY = '✅ The draft pull request is ready for you'
/** A run takes seconds, a takeover one more; a busy machine is no failure. */
const PATIENCE_MS = 120_000
const WORKER = fileURLToPath(new URL('crash-worker.ts', import.meta.url))

/** With a database that workers share, each of them is a machine of its own. */
export async function openCrashFloor(repositories: number, databaseUrl?: string): Promise<CrashFloor> {
  const root = await mkdtemp(join(tmpdir(), 'mw-crash-'))
  await chmod(root, 0o711)
  const folder = await writeFiles(join(root, 'seed'), SMALL_REPOSITORY)
  const random = createNodeRandom()
  const names = Array.from({ length: repositories }, (_, index) => `widget-${index + 1}`)
  const edits: { name: string; headline: string }[] = []
  const forge = await createLocalForge({
    onExchange({ method, path, status, requestBody }) {
      const [, name = ''] = /^\/repos\/([^/]+\/[^/]+)\/issues\/comments\/\d+$/.exec(path) ?? []
      const { body = '' } = (requestBody ?? {}) as { body?: string }
      if (method === 'PATCH' && status === 200) edits.push({ name, headline: body.split('\n')[0] ?? '' })
    },
    gitHost: createGitHost({ root: join(root, 'forge') }),
    clock: createNodeClock(),
    random,
    users: [
      { login: 'acme', type: 'Organization' },
      { login: 'alice', name: 'Alice' },
    ],
    repositories: names.map((name) => ({
      name,
      owner: 'acme',
      labels: [LABEL],
      collaborators: { alice: 'write' },
      folder,
    })),
  })
  const app = forge.seedApp({
    slug: APP_SLUG,
    owner: 'acme',
    ...readAppManifest(),
    installations: [{ account: 'acme' }],
  })
  const webhookSecret = random.hex(20)
  const secret = random.hex(32)
  // Slow enough that a process can die while it is asked, and the same answer to the same question.
  const late = Object.entries(HONEST_WORK).map(([role, [reply]]) => [
    role,
    () => ({ ...reply, delayMs: 150 }),
  ])
  const model = await startRoleModel(Object.fromEntries(late) as never)
  const logFile = join(root, 'log.jsonl')
  const running = new Set<ChildProcess>()
  const urls = new Map<ChildProcess, string>()
  const callOn = (worker: ChildProcess): void =>
    forge.listen(APP_SLUG, { url: urls.get(worker) ?? '', secret: webhookSecret })
  const log = async ({ pid }: ChildProcess): Promise<readonly string[]> => {
    const lines = (await readFile(logFile, 'utf8').catch(() => '')).split('\n')
    const entries = lines.slice(0, -1).map((line) => JSON.parse(line) as { event: string; pid: number })
    return entries.filter((entry) => entry.pid === pid).map(({ event }) => event)
  }
  let used = 0
  return {
    forge,
    model,
    serverPid: join(root, 'state', 'postgres', 'data', 'postmaster.pid'),
    async start(armed) {
      const options: CrashWorkerOptions = {
        stateRoot: join(root, databaseUrl === undefined ? 'state' : `state-${urls.size}`),
        databaseUrl,
        logFile,
        armed,
        forge: { url: forge.url, appId: app.id, privateKey: app.privateKey, webhookSecret },
        model: model.url,
        secret,
      }
      const child = spawn(process.execPath, ['--no-warnings', WORKER, JSON.stringify(options)], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      running.add(child)
      child.once('exit', () => running.delete(child))
      const url = await new Promise<string>((resolve, reject) => {
        child.once('message', (message) => resolve(message as string))
        child.once('exit', (code, signal) => reject(new Error(`the worker ended with ${code ?? signal}`)))
      })
      urls.set(child, url)
      callOn(child)
      return child
    },
    async arm(worker, armed) {
      const heard = once(worker, 'message')
      worker.send(armed)
      await heard
    },
    async standsStill(worker) {
      const isStill = async (): Promise<boolean> =>
        (await log(worker)).findLast((event) => event === STANDS || event === GOES_ON) === STANDS
      await waitUntil(isStill, PATIENCE_MS)
    },
    callOn,
    begin() {
      const name = `acme/${names[used] ?? ''}`
      used += 1
      const alice = forge.as('alice')
      const createdAt = new Date(Date.now() - 60_000).toISOString()
      alice.label(name, alice.openIssue(name, { ...SMALL_ISSUE, createdAt }), LABEL)
      return name
    },
    async published(name) {
      const comment = (): string => ours(forge, name)[0] ?? ''
      await waitUntil(async () => comment().includes(READY), PATIENCE_MS).catch(() => {
        throw new Error(`${name} was not published. Its comment says:\n${withoutChance(comment())}`)
      })
      await forge.settled()
      return outcomeOf(forge, name)
    },
    outcome: (name) => outcomeOf(forge, name),
    headlines: (name) => edits.filter((edit) => edit.name === name).map(({ headline }) => headline),
    askedTwice: (since) => askedTwice(model.asked.slice(since)),
    log,
    async close() {
      const ended = [...running].map((child) => new Promise((resolve) => child.once('exit', resolve)))
      for (const child of running) {
        child.kill('SIGCONT')
        child.kill('SIGTERM')
      }
      await Promise.all(ended)
      await forge.close()
      await model.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

function ours(forge: LocalForge, name: string): readonly string[] {
  const issue = forge.repo(name).issues.get(1)
  return (issue?.comments ?? [])
    .filter(({ author }) => author.account.login === `${APP_SLUG}[bot]`)
    .map(({ body }) => body)
}

async function outcomeOf(forge: LocalForge, name: string): Promise<Outcome> {
  const repo = forge.repo(name)
  const refs = await repo.git.refs()
  const pulls = [...repo.issues.values()].filter(({ pull }) => pull !== undefined)
  return {
    comments: ours(forge, name).map(withoutChance),
    branches: [...refs.keys()]
      .filter((ref) => ref.startsWith('refs/heads/'))
      .map(withoutChance)
      .sort(),
    pulls: pulls.map(({ title, body }) => withoutChance(`${title}\n${body}`)),
    reviews: pulls.reduce((sum, { pull }) => sum + (pull?.reviews.length ?? 0), 0),
    checks: repo.checks.length,
  }
}

/** Without what differs from run to run: ids, hashes, times, costs of waiting. */
function withoutChance(text: string): string {
  return text
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/widget-\d+/g, 'widget')
    .replaceAll(/(millwright\/\d+-[a-z-]*)-[0-9a-f]{4}\b/g, '$1')
    .replaceAll(/\b[0-9a-f]{7,64}\b/g, 'HASH')
    .replaceAll(/\b\d+(\.\d+)? ?(ms|s|min)\b/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, 'DATE')
    .replaceAll(/\b\d\d:\d\d\b/g, 'DATE')
    .trim()
}
