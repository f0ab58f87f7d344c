/** Scenarios: a forge and a Millwright side by side on real git and a real sandbox, and what a test asks of them. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Comment, Issue } from '../../src/adapters/local-forge/world.ts'
import type { SeedRepository } from '../../src/adapters/local-forge/seed.ts'
import { APP_SLUG, LABEL, openFloor } from '../../src/app/demo/factory-floor.ts'
import type { FactoryFloor } from '../../src/app/demo/factory-floor.ts'
import { createSandboxKit } from '../../src/app/sandbox-kit.ts'
import type { SandboxKit } from '../../src/app/sandbox-kit.ts'
import type { RunState } from '../../src/core/state.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { SILENT } from '../../src/ports/progress.ts'
import { githubSchema } from './github-schema.ts'
import type { GithubSchema } from './github-schema.ts'
import { recordingLog } from './recording-log.ts'
import type { RecordedLine } from './recording-log.ts'

/** How long a story may stand still: a full run takes seconds, and a busy machine is no failure. */
const PATIENCE_MS = 240_000

interface ScenarioOptions {
  /** `owner` is always `acme`; the rest as the forge takes it. alice may write, tracy may triage. */
  readonly repository?: Partial<Omit<SeedRepository, 'owner' | 'folder'>>
  /** Path to text: the first commit. Absent, with no `folder` either: an empty repository. */
  readonly files?: Readonly<Record<string, string>>
  /** A folder on disk instead. */
  readonly folder?: string
  /** Anything that answers the Messages API; it is closed with the scenario. */
  readonly model: {
    readonly url: string
    readonly name?: string
    readonly source?: 'live' | 'recorded'
    close(): Promise<void>
  }
  readonly clock?: Clock
  /** Log events of level error that belong to the story; any other fails it. */
  readonly errors?: readonly string[]
}

/** Requests of our installation, as GitHub would count them against the App. */
interface Traffic {
  /** Everything but GET and GraphQL (which we only ask with). Tokens are requested as the App and not counted. */
  readonly writes: readonly string[]
  /** Answered with content. Git's own traffic is not API traffic and not counted. */
  readonly reads: readonly string[]
  /** Answered with 304, which costs nothing. */
  readonly unchanged: number
}

export interface Scenario {
  readonly floor: FactoryFloor
  /** `acme/widget` */
  readonly name: string
  /** Every state that was saved, in order. */
  readonly states: readonly RunState[]
  readonly log: readonly RecordedLine[]
  /** Notes for the terminal, in order. */
  readonly notes: readonly string[]
  /** alice opens an issue and, unless told otherwise, labels it. Returns its number. */
  begin(issue: { title: string; body?: string }, options?: { label?: boolean }): number
  /** Resolves with the first state, already saved or still to come, for which `wanted` holds. */
  reaches(wanted: (state: RunState) => boolean): Promise<RunState>
  /** The first state in which the factory has nothing more to do, when nothing runs any more. */
  ended(): Promise<RunState>
  /** Resolves when all webhooks so far are delivered and all that came of them is done. */
  quiet(): Promise<void>
  issue(number?: number): Issue
  /** Comments by the app. */
  ours(number?: number): readonly Comment[]
  /** The state comment as people see it: without the hidden envelope. Throws unless it is the only one of ours. */
  status(number?: number): string
  pulls(): readonly Issue[]
  branches(): Promise<readonly string[]>
  traffic(): Traffic
  /** Checkouts on disk, and processes that see one of them. Empty when everything was put away. */
  leftovers(): Promise<{ checkouts: readonly string[]; processes: readonly string[] }>
  close(): Promise<void>
}

/** One sandbox for all scenarios of a test file. */
export interface ScenarioRoom {
  /** A folder that the sandbox's user may pass through; gone with the room. */
  readonly root: string
  readonly kit: SandboxKit
  readonly schema: GithubSchema
  openScenario(options: ScenarioOptions): Promise<Scenario>
  /** Opens a scenario, tells the story, and closes it again whatever happens. */
  play(options: ScenarioOptions, story: (scenario: Scenario) => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** `validated`: every exchange is held against GitHub's description, which takes seconds to get ready for pull requests. */
export async function openScenarioRoom({ validated = false } = {}): Promise<ScenarioRoom> {
  const root = await mkdtemp(join(tmpdir(), 'mw-floor-'))
  // A dropped uid must be able to pass on its way to a checkout.
  await chmod(root, 0o711)
  const kit = await createSandboxKit({
    stateRoot: root,
    path: process.env['PATH'] ?? '',
    home: process.env['HOME'] ?? '/nonexistent',
    // Set-up commands of recorded stories ask the registry, on some machines behind a certificate of their own.
    cafile: process.env['NODE_EXTRA_CA_CERTS'],
    npmRegistry: undefined,
    say: (line) => void process.stderr.write(`${line}\n`),
  })
  const schema = githubSchema()
  let count = 0
  const open = async (options: ScenarioOptions): Promise<Scenario> => {
    const folder = join(root, `floor-${(count += 1)}`)
    await mkdir(folder)
    await chmod(folder, 0o711)
    try {
      return await openScenario(options, { root: folder, kit, schema: validated ? schema : undefined })
    } catch (error) {
      // An open server would keep the test run from ending.
      await options.model.close()
      throw error
    }
  }
  return {
    root,
    kit,
    schema,
    openScenario: open,
    play: async (options, story) => {
      const scenario = await open(options)
      try {
        await story(scenario)
      } catch (error) {
        // What went wrong first is what matters; closing would only bury it.
        await scenario.close().catch(() => undefined)
        throw error
      }
      await scenario.close()
    },
    close: () => rm(root, { recursive: true, force: true }),
  }
}

async function openScenario(
  options: ScenarioOptions,
  parts: { root: string; kit: SandboxKit; schema: GithubSchema | undefined },
): Promise<Scenario> {
  const { root, kit, schema } = parts
  const { model } = options
  const watch = watchRun()
  const log = recordingLog()
  const repository = await seedOf(options, root)
  const floor = await openFloor({
    root,
    kit,
    repositories: [repository],
    model: {
      name: model.name ?? 'claude-sonnet-5-5',
      apiKey: 'test-key',
      baseUrl: model.url,
      source: model.source ?? 'live',
    },
    observer: watch.observer,
    log,
    ...(options.clock ? { clock: options.clock } : {}),
    ...(schema ? { onExchange: (exchange) => schema.exchange(exchange) } : {}),
  })
  const name = `acme/${repository.name}`
  const quiet = async (): Promise<void> => {
    await floor.forge.settled()
    await floor.mill.idle()
  }
  return {
    floor,
    name,
    states: watch.states,
    notes: watch.notes,
    log: log.lines,
    ...questions(floor, { name, root }),
    reaches: watch.reaches,
    quiet,
    begin(issue, { label = true } = {}) {
      const alice = floor.forge.as('alice')
      // A label that comes with its issue starts nothing, so this one was there for a while.
      const createdAt = new Date(Date.now() - 60_000).toISOString()
      const number = alice.openIssue(name, { ...issue, createdAt })
      if (label) alice.label(name, number, LABEL)
      return number
    },
    async ended() {
      const state = await watch.reaches(({ pending }) => pending.length === 0)
      await quiet()
      return watch.states.at(-1) ?? state
    },
    async close() {
      watch.stop()
      try {
        await floor.close()
      } finally {
        await model.close()
      }
      const known = options.errors ?? []
      const wrong = log.lines.filter(({ level, event }) => level === 'error' && !known.includes(event))
      if (wrong.length > 0) throw new Error(`The log has errors:\n${JSON.stringify(wrong, undefined, 2)}`)
    },
  }
}

async function seedOf(options: ScenarioOptions, root: string): Promise<SeedRepository> {
  const folder = options.files ? await writeFiles(join(root, 'seed'), options.files) : options.folder
  return {
    name: 'widget',
    labels: [LABEL],
    collaborators: { alice: 'write', bob: 'triage' },
    ...options.repository,
    owner: 'acme',
    ...(folder === undefined ? {} : { folder }),
  }
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

interface RunWatch {
  readonly states: RunState[]
  readonly notes: string[]
  readonly observer: Parameters<typeof openFloor>[0]['observer']
  readonly reaches: (wanted: (state: RunState) => boolean) => Promise<RunState>
  readonly stop: () => void
}

function watchRun(): RunWatch {
  const states: RunState[] = []
  const notes: string[] = []
  const steps: string[] = []
  const waiting = new Set<(state: RunState) => void>()
  const timers = new Set<NodeJS.Timeout>()
  const progress = {
    ...SILENT,
    note: (text: string) => void notes.push(text),
    step: (text: string) => void steps.push(text),
  }
  return {
    states,
    notes,
    observer: {
      moved(state) {
        states.push(state)
        for (const look of waiting) look(state)
      },
      progress: () => progress,
    },
    reaches: (wanted) =>
      new Promise((resolve, reject) => {
        const there = states.find(wanted)
        if (there) return resolve(there)
        const timer = setTimeout(() => {
          const seen = states.map(({ at }) => at.stage).join(' → ')
          reject(new Error(`Waited in vain. Stages: ${seen}. Last steps: ${steps.slice(-5).join('; ')}`))
        }, PATIENCE_MS)
        timers.add(timer)
        const look = (state: RunState): void => {
          if (!wanted(state)) return
          waiting.delete(look)
          clearTimeout(timer)
          resolve(state)
        }
        waiting.add(look)
      }),
    stop: () => {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

type Questions = Pick<Scenario, 'issue' | 'ours' | 'status' | 'pulls' | 'branches' | 'traffic' | 'leftovers'>

function questions({ forge }: FactoryFloor, { name, root }: { name: string; root: string }): Questions {
  const bot = `${APP_SLUG}[bot]`
  const issue = (number = 1): Issue => {
    const found = forge.repo(name).issues.get(number)
    if (!found) throw new Error(`There is no #${number} in ${name}`)
    return found
  }
  const ours = (number?: number): Comment[] =>
    issue(number).comments.filter(({ author }) => author.account.login === bot)
  return {
    issue,
    ours,
    status(number) {
      const [only, ...more] = ours(number)
      if (!only || more.length > 0) throw new Error(`${ours(number).length} comments by the app`)
      return only.body.replaceAll(/<!--[\s\S]*?-->/g, '').trim()
    },
    pulls: () => [...forge.repo(name).issues.values()].filter(({ pull }) => pull !== undefined),
    async branches() {
      const refs = await forge.repo(name).git.refs()
      return [...refs.keys()].flatMap((ref) => (ref.startsWith('refs/heads/') ? ref.slice(11) : []))
    },
    traffic() {
      const mine = forge.requests.filter(({ by }) => by === bot)
      const asks = ({ method, path }: { method: string; path: string }): boolean =>
        method === 'GET' || path === '/graphql'
      const line = ({ method, path, status }: (typeof mine)[number]): string => `${method} ${path} ${status}`
      return {
        writes: mine.filter((request) => !asks(request)).map(line),
        reads: mine.filter((request) => asks(request) && !request.notModified).map(line),
        unchanged: mine.filter(({ notModified }) => notModified).length,
      }
    },
    leftovers: async () => ({
      checkouts: await readdir(join(root, 'mill', 'checkouts')).catch(() => []),
      processes: await processesThatSee(join(root, 'mill', 'checkouts')),
    }),
  }
}

/** By command line (bwrap names its binds) and by mounts (what runs inside names nothing). */
async function processesThatSee(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const id of await readdir('/proc')) {
    if (!/^\d+$/.test(id)) continue
    const [words, mounts] = await Promise.all(
      ['cmdline', 'mountinfo'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')),
    )
    if (`${words}${mounts}`.includes(folder))
      found.push(`${id} ${words?.replaceAll('\0', ' ').slice(0, 200)}`)
  }
  return found
}
