/**
 * A world of one story: the local forge, the door and inbox that its deliveries come to, queue and engine, with scripted
 * stages that go on as far as the story lets them. It moves only when told to, so that the same story is told the same
 * way again.
 */
import { createLocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import type { LocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import type { FateOf } from '../../src/adapters/local-forge/delivery.ts'
import { createMemoryDurable } from '../../src/adapters/memory/memory-durable.ts'
import { createNodeSigner } from '../../src/adapters/node/node-signer.ts'
import { createMeter } from '../../src/agent/meter.ts'
import { APP_SLUG, LABEL } from '../../src/app/demo/factory-floor.ts'
import { openDoor } from '../../src/app/door.ts'
import { createInbox } from '../../src/app/inbox.ts'
import { startLabel } from '../../src/app/start-label.ts'
import { ALL_COMMANDS } from '../../src/commands/all-commands.ts'
import type { WorkKind } from '../../src/core/effect.ts'
import { issueKey } from '../../src/core/ids.ts'
import type { RunState } from '../../src/core/state.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { startEngine } from '../../src/engine/engine.ts'
import { giveUp } from '../../src/engine/give-up.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import { SILENT } from '../../src/ports/progress.ts'
import type { Handler, Queue } from '../../src/ports/queue.ts'
import type { Signer } from '../../src/ports/signer.ts'
import type { StageRunner } from '../../src/ports/stage.ts'
import type { Store } from '../../src/ports/store.ts'
import { createMemoryGitHost } from './memory-git-host.ts'
import { recordingLog } from './recording-log.ts'
import { scriptedStages } from './scripted-stages.ts'
import { installApp } from './story-app.ts'
import { createStoryClock } from './story-clock.ts'
import type { StoryClock } from './story-clock.ts'

/** In the order in which a run comes to them. */
export const LINE: readonly WorkKind[] = [
  'check_intake',
  'make_plan',
  'write_tests',
  'write_code',
  'prove_change',
  'review_change',
  'publish_change',
]

export interface StoryWorld {
  readonly forge: LocalForge
  readonly clock: StoryClock
  readonly store: Store
  readonly signer: Signer
  readonly log: ReturnType<typeof recordingLog>
  /** Ids of effects whose stage came to its end, in order. */
  readonly carriedOut: readonly string[]
  /** Lets the runs of an issue do so many of the line's works; the rest waits. */
  allow(key: string, works: number): void
  /** From now on nothing waits for leave. */
  allowAll(): void
  /** So many more deliveries are on their way: a world at rest has had them. */
  expect(arrivals: number): void
  disturb(fateOf: FateOf): void
  sweep(): Promise<void>
  /** Resolves when all that was sent has arrived, and nothing is left to do but what waits for leave. */
  rest(): Promise<void>
  close(): Promise<void>
}

const START = '2026-11-20T10:00:00.000Z'
const PEOPLE = ['alice', 'bob']
const WEBHOOK_SECRET = 'a webhook secret of the story'
/** Passing time and still at work: something goes round in circles. */
const MOST_TURNS = 20_000

export async function openStoryWorld(repositories: readonly string[]): Promise<StoryWorld> {
  const clock = createStoryClock(START)
  const log = recordingLog()
  let count = 0
  const random = { hex: (bytes: number) => (count += 1).toString(16).padStart(bytes * 2, '0') }
  const forge = await createLocalForge({
    gitHost: createMemoryGitHost(),
    clock,
    random,
    users: [{ login: 'acme', type: 'Organization' }, ...PEOPLE.map((login) => ({ login }))],
    repositories: [],
  })
  for (const name of repositories) await seed(forge, name)
  const github = await installApp(forge, clock)
  const signer = createNodeSigner('s'.repeat(32))
  const leave = createLeave()
  const carriedOut: string[] = []
  const { stages, look } = scriptedStages({
    forge: github,
    signer,
    clock,
    webUrl: forge.url,
    git: ({ id }) => {
      const found = forge.state.repos.find((repo) => repo.id === id)
      if (!found) throw new Error(`there is no repository ${id}`)
      return found.git
    },
  })
  const patient = LINE.map((kind): [WorkKind, StageRunner] => [
    kind,
    async (context) => {
      await leave.toDo(kind, issueKey(context.run.issue), context.signal)
      const outcome = await stages[kind](context)
      carriedOut.push(context.effect.id)
      return outcome
    },
  ])
  const durable = createMemoryDurable({ clock, log })
  const { store, locks, journal } = durable
  const watched = watch(
    durable.createQueue<Incoming, Work>({
      workSlots: 1000,
      graceMs: 0,
      onGivenUp: (job) => giveUp({ queue: watched.queue, clock, log }, job),
    }),
  )
  const { queue } = watched
  const deps: EngineDeps = {
    forge: github,
    store,
    journal,
    signer,
    locks,
    queue,
    clock,
    random,
    log,
    look,
    files: { bring: async () => 'there', share: async () => undefined, drop: async () => undefined },
    commands: new Map(ALL_COMMANDS.map((command) => [command.verb, command])),
    stages: Object.fromEntries(patient) as Record<WorkKind, StageRunner>,
    createMeter: ({ spent }, limit) => createMeter(limit, { spent }),
    source: 'live',
    defaultCaps: { usd: 1, turns: 12 },
    webUrl: forge.url,
    startLabel: (repo) => startLabel({ issues: github.issues, store }, repo),
    // Rights and config stay as they are in these stories.
    findCurb: async () => undefined,
    disk: { shortage: async () => undefined },
    observer: { moved: (_state: RunState) => undefined, progress: () => SILENT },
  }
  startEngine(deps)
  const door = await openDoor({
    port: 0,
    host: '127.0.0.1',
    deliveries: true,
    readiness: { reasons: async () => [] },
    log,
  })
  const take = createInbox({ secret: WEBHOOK_SECRET, queue, clock, log })
  let [expected, arrived] = [0, 0]
  door.accept(async (request) => {
    try {
      return await take(request)
    } finally {
      arrived += 1
    }
  })
  forge.listen(APP_SLUG, { url: door.webhookUrl, secret: WEBHOOK_SECRET })
  let sweeps = 0
  const rest = async (): Promise<void> => {
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (arrived < expected || watched.running() > leave.waiting()) continue
      if (!clock.passToNext()) return
    }
    throw new Error('the world does not come to rest')
  }
  return {
    forge,
    clock,
    store,
    signer,
    log,
    carriedOut,
    allow: (key, works) => leave.allow(key, works),
    allowAll: () => leave.allowAll(),
    expect: (arrivals) => void (expected += arrivals),
    disturb: (fateOf) => forge.disturb(fateOf),
    async sweep() {
      sweeps += 1
      const payload = { kind: 'sweep_due', at: clock.now(), full: false } as const
      await queue.addEvent({ id: `sweep.${sweeps}`, key: 'sweep', payload })
    },
    rest,
    async close() {
      await queue.stop()
      await door.close()
      await durable.close()
      await forge.close()
    },
  }
}

async function seed(forge: LocalForge, name: string): Promise<void> {
  await forge.seedRepository({
    owner: 'acme',
    name,
    labels: [LABEL],
    collaborators: { alice: 'admin', bob: 'triage' },
  })
  await forge
    .as('alice')
    .push(`acme/${name}`, { branch: 'main', message: 'Begin', files: { readme: 'Text\n' } })
}

/** The queue, and how many of its jobs are at work. */
function watch(inner: Queue<Incoming, Work>): { queue: Queue<Incoming, Work>; running: () => number } {
  let running = 0
  const counted =
    <T>(handler: Handler<T>): Handler<T> =>
    async (job, signal) => {
      running += 1
      try {
        await handler(job, signal)
      } finally {
        running -= 1
      }
    }
  const queue: Queue<Incoming, Work> = {
    ...inner,
    start: ({ event, work }) => inner.start({ event: counted(event), work: counted(work) }),
  }
  return { queue, running: () => running }
}

/** Leave to work, by issue. */
function createLeave() {
  const allowed = new Map<string, number>()
  const waiting = new Set<() => void>()
  let all = false
  const wake = (): void => {
    for (const look of waiting) look()
  }
  return {
    waiting: () => waiting.size,
    allow(key: string, works: number): void {
      allowed.set(key, Math.max(works, allowed.get(key) ?? 0))
      wake()
    },
    allowAll(): void {
      all = true
      wake()
    },
    toDo: (kind: WorkKind, key: string, signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (signal.aborted) reject(signal.reason as Error)
          else if (all || (allowed.get(key) ?? 0) > LINE.indexOf(kind)) resolve()
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        signal.addEventListener('abort', look, { once: true })
        look()
      }),
  }
}
