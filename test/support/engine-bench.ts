/** The engine over a forge of one issue in memory: what is written is kept, and what is asked for is counted. */
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { createMemoryLocks } from '../../src/adapters/memory/memory-locks.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { createNodeSigner } from '../../src/adapters/node/node-signer.ts'
import { ALL_COMMANDS } from '../../src/commands/all-commands.ts'
import { RetryableError } from '../../src/core/errors.ts'
import type { ActorRef } from '../../src/core/ids.ts'
import type { RunState } from '../../src/core/state.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { openRun, saveRun } from '../../src/engine/run-comment.ts'
import { step } from '../../src/engine/step.ts'
import type { Comment, Permission } from '../../src/ports/forge.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import type { Look, Sighting } from '../../src/ports/look.ts'
import type { Job } from '../../src/ports/queue.ts'
import { SILENT } from '../../src/ports/progress.ts'
import { recordingLog } from './recording-log.ts'
import { ALICE, ASKED, ISSUE, later } from './states.ts'

const BOT: ActorRef = { id: 99, login: 'millwright[bot]' }
export const KEY = `${ISSUE.repo.id}#${ISSUE.number}`

export interface EngineBench {
  readonly deps: EngineDeps
  readonly comments: Map<number, Comment>
  /** `comment 5: eyes`, `issue: eyes`. */
  readonly reactions: string[]
  readonly work: Job<Work>[]
  readonly events: Job<Incoming>[]
  readonly cancelled: string[]
  readonly revived: string[]
  readonly journal: ReturnType<typeof createMemoryJournal>
  readonly log: ReturnType<typeof recordingLog>
  /** The state last meant to be written. */
  state(): Promise<RunState>
  /** Comments besides the state comment, without their markers. */
  replies(): string[]
  /** A comment of a person's, as the webhook tells of it. */
  say(body: string, by?: ActorRef, changes?: Partial<Comment>): Job<Incoming>
  handle(job: Job<Incoming>, again?: boolean): Promise<void>
}

export interface BenchOptions {
  readonly permissions?: Readonly<Record<string, Permission>>
  readonly pull?: Readonly<Record<string, unknown>>
  readonly look?: () => Promise<Sighting | undefined>
  readonly issueState?: 'open' | 'closed'
  /** As it reads now; as it was asked for, unless told. */
  readonly issueText?: { readonly title: string; readonly body: string }
  readonly whereabouts?: 'moved' | 'deleted' | 'unseen'
  readonly blockers?: readonly { name: string; title: string }[]
}

/** A run at `state`, its comment written as the engine writes it. Without one the issue has none yet. */
export async function openEngineBench(
  state: RunState | undefined,
  options: BenchOptions = {},
): Promise<EngineBench> {
  const comments = new Map<number, Comment>()
  const reactions: string[] = []
  const work: Job<Work>[] = []
  const events: Job<Incoming>[] = []
  const cancelled: string[] = []
  const revived: string[] = []
  const journal = createMemoryJournal()
  const log = recordingLog()
  let next = 100
  const write = (id: number, body: string, author: ActorRef): Comment => {
    const at = later(0)
    const ours = author.id === BOT.id
    const comment = { id, body, author, ours, viaApp: ours, createdAt: at, updatedAt: at, url: `#${id}` }
    comments.set(id, comment)
    return comment
  }
  const look: Look = async () => options.look?.()
  const deps = {
    store: createMemoryStore(),
    journal,
    locks: createMemoryLocks(),
    signer: createNodeSigner('s'.repeat(32)),
    log,
    webUrl: 'https://github.com',
    clock: { now: () => later(500), sleep: async () => undefined },
    random: { hex: () => 'fffff99999' },
    source: 'live',
    commands: new Map(ALL_COMMANDS.map((command) => [command.verb, command])),
    look,
    startLabel: async () => 'millwright',
    findCurb: async () => undefined,
    disk: { shortage: async () => undefined },
    observer: { moved: () => undefined, progress: () => SILENT },
    files: { bring: async () => 'there', share: async () => undefined, drop: async () => undefined },
    queue: {
      reviveWork: async (job: Job<Work>) => void revived.push(job.id),
      addEvent: async (job: Job<Incoming>) => void events.push(job),
      addWork: async (job: Job<Work>) => void work.push(job),
      cancelWork: async (key: string) => void cancelled.push(key),
    },
    forge: {
      issues: {
        comment: async (_repo: unknown, id: number) => comments.get(id),
        comments: async () => [...comments.values()],
        addComment: async (_issue: unknown, body: string) => write((next += 1), body, BOT),
        editComment: async (_repo: unknown, id: number, body: string) => write(id, body, BOT),
        lastEditor: async () => null,
        react: async (_issue: unknown, reaction: string) => void reactions.push(`issue: ${reaction}`),
        reactToComment: async (_repo: unknown, id: number, reaction: string) =>
          void reactions.push(`comment ${id}: ${reaction}`),
        permission: async (_repo: unknown, { login }: ActorRef) =>
          options.permissions?.[login] ?? (login === ALICE.login ? 'write' : 'read'),
        issue: async () => ({
          ...(options.issueText ?? ASKED),
          state: options.issueState ?? 'open',
          locked: false,
          labels: ['millwright'],
        }),
        whereabouts: async () => options.whereabouts ?? 'there',
        blockers: async () => options.blockers ?? [],
        labelling: async () => undefined,
      },
      pulls: { pull: async () => options.pull },
    },
  } as unknown as EngineDeps
  if (state)
    await deps.locks.withLock(KEY, async (proof) => {
      await openRun(deps, { state, again: false }, proof)
      await saveRun(deps, state, proof)
    })
  return {
    deps,
    comments,
    reactions,
    work,
    events,
    cancelled,
    revived,
    journal,
    log,
    state: async () => {
      const intent = await deps.store.intent(KEY)
      if (!intent) throw new RetryableError('internal', 'there is no run')
      return intent.state
    },
    replies: () =>
      [...comments.values()]
        .filter(({ ours, body }) => ours && body.includes('<!-- millwright:reply:'))
        .map(({ body }) => body.replaceAll(/\n*<!--[\s\S]*?-->/g, '')),
    say(body, by = ALICE, changes = {}) {
      const id = (next += 1)
      comments.set(id, { ...write(id, body, by), ...changes })
      const given = {
        kind: 'command_given',
        at: later(400),
        issue: ISSUE,
        place: 'issue',
        thread: ISSUE.number,
        comment: id,
        by,
        writtenAt: later(399),
        body,
      } as const
      return { id: `delivery-${id}`, key: KEY, payload: given }
    },
    handle: (job, again = false) => step(deps, { ...job, again, waited: 0 }),
  }
}
