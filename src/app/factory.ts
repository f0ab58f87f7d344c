/** The factory without its doors: engine, stages, agents and sandbox over any forge. Two in one process work. */
import type { GithubForge } from '../adapters/github/github-forge.ts'
import { createAnthropicClient } from '../adapters/anthropic/client.ts'
import { checkModels, priceOf } from '../adapters/anthropic/pricing.ts'
import { readConfig } from '../adapters/config-file/read-config.ts'
import { createWorkspaces } from '../adapters/git/workspaces.ts'
import { createStateDisk } from '../adapters/node/state-disk.ts'
import { createNodeSigner } from '../adapters/node/node-signer.ts'
import { createAgents } from '../agent/agents.ts'
import { createMeter, createRegions } from '../agent/meter.ts'
import type { Regions } from '../agent/meter.ts'
import type { Attempt } from '../agent/recording.ts'
import { ALL_COMMANDS } from '../commands/all-commands.ts'
import { createFindCurb } from '../desk/find-curb.ts'
import { createTrustGate } from '../desk/create-trust-gate.ts'
import { createDesks } from '../desk/create-desks.ts'
import { createRunFiles } from '../desk/create-run-files.ts'
import type { EngineDeps, Observer } from '../engine/deps.ts'
import { startEngine } from '../engine/engine.ts'
import { giveUp } from '../engine/give-up.ts'
import { askForSweeps } from '../engine/ask-for-sweeps.ts'
import { foundJob } from '../engine/take-found.ts'
import type { Config } from '../core/config.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import { ROLES } from '../ports/agents.ts'
import type { Agents, Role } from '../ports/agents.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Disk } from '../ports/disk.ts'
import type { Durable } from '../ports/durable.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { Prover } from '../ports/proof.ts'
import type { Queue } from '../ports/queue.ts'
import type { StageContext } from '../ports/stage.ts'
import type { Workspaces } from '../ports/workspace.ts'
import { createProver } from '../proof/create-prover.ts'
import { isProtected } from '../core/paths.ts'
import { loadPrompt } from './load-prompts.ts'
import type { SandboxKit } from './sandbox-kit.ts'
import { startLabel } from './start-label.ts'
import { wireLook, wireStages } from './wire-stages.ts'

export interface FactoryOptions {
  /** Git directories and checkouts; the sandbox's user must be able to enter it. */
  readonly stateRoot: string
  /** `MILLWRIGHT_SECRET`: state comments are signed with a key derived from it; the previous one still verifies. */
  readonly secrets: { readonly current: string; readonly previous?: string }
  /** Runs at work at once in this process: their tests share the machine's cores. */
  readonly workSlots?: number
  /** False where no webhook can be lost, since forge and factory are one process, and where one issue is all there is. */
  readonly sweeps?: boolean
  /** Milliseconds that what runs gets to end in when the factory closes. */
  readonly graceMs?: number
  readonly kit: SandboxKit
  /** Of the state folder. */
  readonly disk?: Disk
  readonly forge: GithubForge
  /** `https://github.com`, or the forge's own address: where links in comments may point. */
  readonly webUrl: string
  /** True where a person's token stands for the App; pull requests say what that cannot do. */
  readonly byToken?: boolean
  readonly model: {
    readonly name: string
    readonly apiKey: string
    readonly baseUrl: string | undefined
    readonly source: 'live' | 'recorded'
    /** Milliseconds of silence after which a call counts as lost; longer where answers are written by hand. */
    readonly stallMs?: number
  }
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly log: Log
}

export interface Factory {
  /** Accepts before `start` too, and without it: then other processes do the work. */
  readonly queue: Queue<Incoming, Work>
  /** Begins to take jobs, and to look for what webhooks lost: at once, and every few minutes. */
  start(): void
  /** Stops claiming, aborts what runs, and resolves when it is handed back. */
  close(): Promise<void>
}

/** Caps for intake, before the repository's config is read: one short conversation, and one more after answers. */
const INTAKE_CAPS = { usd: 1, turns: 12 }
const WORK_SLOTS = 2
const GRACE_MS = 25_000

/** Throws UserError for a model that has no price, before anything is started. */
export function openFactory(options: FactoryOptions, durable: Durable): Factory {
  const { log, clock, kit } = options
  checkModels([options.model.name])
  const queue: Queue<Incoming, Work> = durable.createQueue<Incoming, Work>({
    workSlots: options.workSlots ?? WORK_SLOTS,
    graceMs: options.graceMs ?? GRACE_MS,
    onGivenUp: (job) => giveUp({ queue, clock, log }, job),
  })
  const prover = createProver({ sandbox: kit.sandbox, log })
  const stopped = new AbortController()
  let sweeping: Promise<void> = Promise.resolve()
  return {
    queue,
    start() {
      const { deps, workspaces } = wireEngine(options, durable, { queue, prover })
      workspaces.sweepLeftovers().then(
        (removed) => log.info('leftovers_removed', { removed }),
        (error: unknown) => log.error('leftovers_not_removed', error),
      )
      durable.watchLocks((key) => {
        lockLost(deps, key).catch((error: unknown) => log.error('lost_lock_not_looked_at', error, { key }))
      })
      startEngine(deps)
      if (options.sweeps ?? true) sweeping = askForSweeps({ queue, clock, log }, stopped.signal)
    },
    close: async () => {
      stopped.abort()
      await sweeping
      await queue.stop()
      await prover.close()
    },
  }
}

/** What its holder wrote last may be older than what is there: the comment is read again, and put right. */
async function lockLost({ store, queue, clock, random }: EngineDeps, key: string): Promise<void> {
  const issue = (await store.intent(key))?.state.issue
  if (issue) await queue.addEvent(foundJob(`${clock.now()}.${random.hex(4)}`, issue))
}

interface Built {
  readonly queue: Queue<Incoming, Work>
  readonly prover: Prover
}

function wireEngine(
  options: FactoryOptions,
  durable: Durable,
  { queue, prover }: Built,
): { deps: EngineDeps; workspaces: Workspaces } {
  const { clock, random, log, observer, stateRoot, forge, webUrl } = options
  const { sandbox, owner, toolHosts } = options.kit
  const { store, locks, journal } = durable
  const signer = createNodeSigner(options.secrets.current, options.secrets.previous)
  const workspaces = createWorkspaces({ root: stateRoot, remote: forge.git, sandbox, owner })
  const runs = runParts(options, { journal, hash: (text) => signer.hash(text) })
  const configs = { read: readConfig }
  const desks = createDesks({
    agents: (attempt, models) => runs.agentsOf(attempt, models),
    workspaces,
    toolHosts,
    prover,
    configs,
    signer,
    clock,
    isProtected,
  })
  const gate = createTrustGate({ desks, workspaces })
  const findCurb = createFindCurb({ issues: forge.issues, store, configs })
  const byToken = options.byToken ?? false
  const parts = { forge, workspaces, desks, prover, store, signer, clock, gate, findCurb, webUrl, byToken }
  const files = createRunFiles({ workspaces, packs: store, log })
  const deps: EngineDeps = {
    forge,
    store,
    journal,
    signer,
    locks,
    files,
    queue,
    clock,
    random,
    log,
    commands: new Map(ALL_COMMANDS.map((command) => [command.verb, command])),
    stages: wireStages(parts),
    findCurb,
    disk: options.disk ?? createStateDisk(stateRoot),
    look: wireLook(parts),
    createMeter: (state, limit) => createMeter(limit, { spent: state.spent, regions: runs.regionsOf(state) }),
    source: options.model.source,
    defaultCaps: INTAKE_CAPS,
    webUrl,
    startLabel: (repo) => startLabel({ issues: forge.issues, store }, repo),
    observer: forgetting(observer, (state) => {
      runs.forget(state)
      files
        .drop(state)
        .catch((error: unknown) =>
          log.warn('files_not_dropped', { run: state.run, why: String(error).slice(0, 300) }),
        )
    }),
  }
  return { deps, workspaces }
}

/** Tells on what it is told, and lets go of what was kept for a run that has ended. */
function forgetting(observer: Observer, forget: (ended: RunState) => void): Observer {
  return {
    progress: (issue) => observer.progress(issue),
    moved: (state) => {
      if (isTerminal(state.at.stage)) forget(state)
      observer.moved(state)
    },
  }
}

/** What lives as long as a run does, in this process. */
interface RunParts {
  /** Conversations are numbered over a run by the journal, and over an attempt by its agents. */
  agentsOf(attempt: Pick<StageContext, 'run' | 'effect'>, models: Config['models']): Agents
  regionsOf(run: RunState): Regions
  forget(run: RunState): void
}

function runParts(options: FactoryOptions, kept: Pick<Attempt, 'journal' | 'hash'>): RunParts {
  const { model, log, clock } = options
  const { apiKey, baseUrl, stallMs } = model
  const client = createAnthropicClient({ apiKey, ...(baseUrl ? { baseUrl } : {}) })
  const system = loadPrompt('agent/system.md')
  const regions = new Map<string, Regions>()
  return {
    agentsOf({ run: { run }, effect }, models) {
      const modelOf = (role: Role): string => models[role] ?? models.default ?? model.name
      checkModels(ROLES.map(modelOf))
      const attempt = { ...kept, run, effect: effect.id }
      return createAgents({ client, model: modelOf, price: priceOf, system, clock, log, stallMs, attempt })
    },
    regionsOf({ run }) {
      const known = regions.get(run) ?? createRegions()
      regions.set(run, known)
      return known
    },
    forget({ run }) {
      regions.delete(run)
      kept.journal.forget(run).catch((error: unknown) => log.error('journal_not_forgotten', error, { run }))
    },
  }
}
