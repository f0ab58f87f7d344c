/** The factory without its doors: engine, stages, agents and sandbox over any forge. Two in one process work. */
import type { GithubForge } from '../adapters/github/github-forge.ts'
import { createAnthropicClient } from '../adapters/anthropic/client.ts'
import { checkModels, priceOf } from '../adapters/anthropic/pricing.ts'
import { readConfig } from '../adapters/config-file/read-config.ts'
import { createWorkspaces } from '../adapters/git/workspaces.ts'
import { createMemoryJournal } from '../adapters/memory/memory-journal.ts'
import { createMemoryLocks } from '../adapters/memory/memory-locks.ts'
import { createMemoryQueue } from '../adapters/memory/memory-queue.ts'
import { createMemoryStore } from '../adapters/memory/memory-store.ts'
import { createNodeSigner } from '../adapters/node/node-signer.ts'
import { createAgents } from '../agent/agents.ts'
import { createMeter, createRegions } from '../agent/meter.ts'
import type { Regions } from '../agent/meter.ts'
import type { Attempt } from '../agent/recording.ts'
import { ALL_COMMANDS } from '../commands/all-commands.ts'
import { createTrustGate } from '../desk/create-trust-gate.ts'
import { createDesks } from '../desk/create-desks.ts'
import type { EngineDeps, Observer } from '../engine/deps.ts'
import { startEngine } from '../engine/engine.ts'
import type { Config } from '../core/config.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import { ROLES } from '../ports/agents.ts'
import type { Agents, Role } from '../ports/agents.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { Prover } from '../ports/proof.ts'
import type { Queue } from '../ports/queue.ts'
import type { StageContext } from '../ports/stage.ts'
import { createProver } from '../proof/create-prover.ts'
import { isProtected } from '../core/paths.ts'
import { loadPrompt } from './load-prompts.ts'
import type { SandboxKit } from './sandbox-kit.ts'
import { startLabel } from './start-label.ts'
import { wireLook, wireStages } from './wire-stages.ts'

export interface FactoryOptions {
  /** Git directories and checkouts; the sandbox's user must be able to enter it. */
  readonly stateRoot: string
  /** `MILLWRIGHT_SECRET`: state comments are signed with a key derived from it. */
  readonly secret: string
  readonly kit: SandboxKit
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
  readonly queue: Queue<Incoming, Work>
  /** Stops claiming, aborts what runs, and resolves when nothing of it is left. */
  close(): Promise<void>
}

/** Caps for intake, before the repository's config is read: one short conversation, and one more after answers. */
const INTAKE_CAPS = { usd: 1, turns: 12 }
/** Two runs at work per process: their tests share the machine's cores. */
const WORK_SLOTS = 2

/** Throws UserError for a model that has no price, before anything is started. */
export function openFactory(options: FactoryOptions): Factory {
  const { log } = options
  checkModels([options.model.name])
  const queue = createMemoryQueue<Incoming, Work>({
    workSlots: WORK_SLOTS,
    onError: (job, error) => log.error('job_failed', error, { job }),
  })
  const prover = createProver({ sandbox: options.kit.sandbox, log })
  startEngine(wireEngine(options, { queue, prover }))
  return {
    queue,
    close: async () => {
      await queue.stop()
      await prover.close()
    },
  }
}

interface Built {
  readonly queue: Queue<Incoming, Work>
  readonly prover: Prover
}

function wireEngine(options: FactoryOptions, { queue, prover }: Built): EngineDeps {
  const { clock, random, log, observer, stateRoot, forge, webUrl } = options
  const { sandbox, owner, toolHosts } = options.kit
  const signer = createNodeSigner(options.secret)
  const store = createMemoryStore()
  const workspaces = createWorkspaces({ root: stateRoot, remote: forge.git, sandbox, owner })
  const journal = createMemoryJournal()
  const runs = runParts(options, { journal, hash: (text) => signer.hash(text) })
  const desks = createDesks({
    agents: (attempt, models) => runs.agentsOf(attempt, models),
    workspaces,
    toolHosts,
    prover,
    configs: { read: readConfig },
    signer,
    clock,
    isProtected,
  })
  const gate = createTrustGate({ desks, workspaces })
  const byToken = options.byToken ?? false
  const parts = { forge, workspaces, desks, prover, store, signer, clock, gate, webUrl, byToken }
  return {
    forge,
    store,
    journal,
    signer,
    locks: createMemoryLocks(),
    queue,
    clock,
    random,
    log,
    commands: new Map(ALL_COMMANDS.map((command) => [command.verb, command])),
    stages: wireStages(parts),
    look: wireLook(parts),
    createMeter: (state, limit) => createMeter(limit, { spent: state.spent, regions: runs.regionsOf(state) }),
    source: options.model.source,
    defaultCaps: INTAKE_CAPS,
    webUrl,
    startLabel: (repo) => startLabel({ issues: forge.issues, store }, repo),
    observer: forgetting(observer, runs),
  }
}

/** Tells on what it is told, and lets go of what was kept for a run that has ended. */
function forgetting(observer: Observer, runs: Pick<RunParts, 'forget'>): Observer {
  return {
    progress: (issue) => observer.progress(issue),
    moved: (state) => {
      if (isTerminal(state.at.stage)) runs.forget(state)
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
