/** Puts one Millwright together: webhooks in, engine, stages, agents, sandbox, GitHub out. Two in one process work. */
import { Probot, ProbotOctokit } from 'probot'
import type { GithubClient } from '../adapters/github/github-client.ts'
import { CLIENT_OPTIONS } from '../adapters/github/github-client.ts'
import { createGithubForge } from '../adapters/github/github-forge.ts'
import type { GithubForge } from '../adapters/github/github-forge.ts'
import {
  appIdentity,
  createFetchTokens,
  createInstallationClients,
} from '../adapters/github/installation-clients.ts'
import { createTokenAccess } from '../adapters/github/token-access.ts'
import { createAnthropicClient } from '../adapters/anthropic/client.ts'
import { checkModels, priceOf } from '../adapters/anthropic/pricing.ts'
import { readConfig } from '../adapters/config-file/read-config.ts'
import { createWorkspaces } from '../adapters/git/workspaces.ts'
import { createMemoryLocks } from '../adapters/memory/memory-locks.ts'
import { createMemoryQueue } from '../adapters/memory/memory-queue.ts'
import { createMemoryStore } from '../adapters/memory/memory-store.ts'
import { createNodeSigner } from '../adapters/node/node-signer.ts'
import { createAgents } from '../agent/agents.ts'
import { createMeter, createRegions } from '../agent/meter.ts'
import type { Regions } from '../agent/meter.ts'
import { createDesks } from '../desk/create-desks.ts'
import type { EngineDeps, Observer } from '../engine/deps.ts'
import { startEngine } from '../engine/engine.ts'
import { DEFAULT_CONFIG } from '../core/config.ts'
import type { Config } from '../core/config.ts'
import { UserError } from '../core/errors.ts'
import type { RepoRef } from '../core/ids.ts'
import { CONFIG_LIMIT, CONFIG_PATH } from '../ports/config.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import { ROLES } from '../ports/agents.ts'
import type { Agents, Role } from '../ports/agents.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { Prover } from '../ports/proof.ts'
import type { Queue } from '../ports/queue.ts'
import { createProver } from '../proof/create-prover.ts'
import { isProtected } from '../proof/rules/paths.ts'
import { loadPrompt } from './load-prompts.ts'
import type { SandboxKit } from './sandbox-kit.ts'
import { startWebhookServer } from './webhook-server.ts'
import { wireStages } from './wire-stages.ts'

export interface MillOptions {
  /** Git directories and checkouts; the sandbox's user must be able to enter it. */
  readonly stateRoot: string
  /** `MILLWRIGHT_SECRET`: state comments are signed with a key derived from it. */
  readonly secret: string
  readonly kit: SandboxKit
  readonly forge: {
    readonly apiUrl: string
    readonly webUrl: string
    readonly appId: number
    readonly privateKey: string
    readonly webhookSecret: string
    /** GitHub wants a second between writes; a forge of our own does not. */
    readonly paced: boolean
  }
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
  /** 0 takes a free port. */
  readonly webhookPort: number
}

export interface Mill {
  readonly webhookUrl: string
  readonly forge: GithubForge
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** Caps for intake, before the repository's config is read: intake asks no model, so any small number will do. */
const INTAKE_CAPS = { usd: 1, turns: 1 }
/** Two runs at work per process: their tests share the machine's cores. */
const WORK_SLOTS = 2

export async function startMill(options: MillOptions): Promise<Mill> {
  const { clock, log } = options
  checkModels([options.model.name])
  const probot = createProbot(options)
  const forge = await createForge(options, probot)
  const queue = createMemoryQueue<Incoming, Work>({
    workSlots: WORK_SLOTS,
    onError: (job, error) => log.error('job_failed', error, { job }),
  })
  const prover = createProver({ sandbox: options.kit.sandbox, log })
  startEngine(wireEngine(options, { forge, queue, prover }))
  const port = options.webhookPort
  const server = await startWebhookServer({ probot, queue, clock, log, port, host: '127.0.0.1' })
  return {
    webhookUrl: server.url,
    forge,
    idle: () => queue.idle(),
    close: async () => {
      await server.close()
      await queue.stop()
      await prover.close()
    },
  }
}

/** Asked for every label that people add anywhere, so: one small file, conditionally, and ours where it can't be read. */
async function startLabel(forge: GithubForge, repo: RepoRef): Promise<string> {
  try {
    const text = await forge.issues.textFile(repo, { path: CONFIG_PATH, ref: 'HEAD', limit: CONFIG_LIMIT })
    const read = readConfig(text ?? '')
    return read.ok ? read.config.label : DEFAULT_CONFIG.label
  } catch (error) {
    if (error instanceof UserError) return DEFAULT_CONFIG.label
    throw error
  }
}

interface Built {
  readonly forge: GithubForge
  readonly queue: Queue<Incoming, Work>
  readonly prover: Prover
}

function wireEngine(options: MillOptions, { forge, queue, prover }: Built): EngineDeps {
  const { clock, random, log, observer, stateRoot } = options
  const { webUrl } = options.forge
  const { sandbox, owner, toolHosts } = options.kit
  const signer = createNodeSigner(options.secret)
  const store = createMemoryStore()
  const workspaces = createWorkspaces({ root: stateRoot, remote: forge.git, sandbox, owner })
  const runs = runParts(options)
  const configs = { read: readConfig }
  const desks = createDesks({
    agents: (run, models) => runs.agentsOf(run, models),
    workspaces,
    toolHosts,
    prover,
    configs,
    signer,
    clock,
    isProtected,
  })
  return {
    forge,
    store,
    signer,
    locks: createMemoryLocks(),
    queue,
    clock,
    random,
    log,
    stages: wireStages({ forge, workspaces, desks, prover, store, signer, clock, webUrl }),
    createMeter: (state, limit) => createMeter(limit, { spent: state.spent, regions: runs.regionsOf(state) }),
    source: options.model.source,
    defaultCaps: INTAKE_CAPS,
    webUrl,
    startLabel: (repo) => startLabel(forge, repo),
    observer: {
      progress: (issue) => observer.progress(issue),
      moved: (state) => {
        if (isTerminal(state.at.stage) || state.at.stage === 'integrating') runs.forget(state)
        observer.moved(state)
      },
    },
  }
}

/** Probot puts its own throttling over an Octokit's defaults, and that waits through rate limits; so ours comes last. */
function octokitWith(paced: boolean): typeof ProbotOctokit {
  return class extends ProbotOctokit {
    constructor(options: Readonly<Record<string, unknown>> = {}) {
      const given = typeof options['throttle'] === 'object' ? options['throttle'] : {}
      const throttle = { ...given, ...CLIENT_OPTIONS.throttle, enabled: paced }
      super({ ...options, retry: CLIENT_OPTIONS.retry, throttle })
    }
  }
}

function createProbot({ forge }: MillOptions): Probot {
  return new Probot({
    appId: forge.appId,
    privateKey: forge.privateKey,
    secret: forge.webhookSecret,
    baseUrl: forge.apiUrl,
    // Probot's own lines repeat every request; ours say what was done.
    logLevel: 'fatal',
    Octokit: octokitWith(forge.paced),
  })
}

async function createForge({ forge }: MillOptions, probot: Probot): Promise<GithubForge> {
  const authenticate = async (installation?: number): Promise<GithubClient> =>
    (await probot.auth(installation)) as unknown as GithubClient
  const clientOf = createInstallationClients(authenticate)
  const identity = await appIdentity(authenticate)
  const git = createTokenAccess({ gitUrl: forge.webUrl, token: createFetchTokens(authenticate) })
  return createGithubForge({ clientOf, identity, git })
}

/** What lives as long as a run does, in this process. */
interface RunParts {
  /** Conversations are numbered over a run, so every run has agents of its own. */
  agentsOf(run: RunState, models: Config['models']): Agents
  regionsOf(run: RunState): Regions
  forget(run: RunState): void
}

function runParts(options: MillOptions): RunParts {
  const { model, log, clock } = options
  const { apiKey, baseUrl, stallMs } = model
  const client = createAnthropicClient({ apiKey, ...(baseUrl ? { baseUrl } : {}) })
  const system = loadPrompt('agent/system.md')
  const agents = new Map<string, Agents>()
  const regions = new Map<string, Regions>()
  return {
    agentsOf({ run }, models) {
      const there = agents.get(run)
      if (there) return there
      const modelOf = (role: Role): string => models[role] ?? models.default ?? model.name
      checkModels(ROLES.map(modelOf))
      const made = createAgents({ client, model: modelOf, price: priceOf, system, clock, log, stallMs })
      agents.set(run, made)
      return made
    },
    regionsOf({ run }) {
      const known = regions.get(run) ?? createRegions()
      regions.set(run, known)
      return known
    },
    forget({ run }) {
      agents.delete(run)
      regions.delete(run)
    },
  }
}
