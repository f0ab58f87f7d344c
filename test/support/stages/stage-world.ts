// Everything a stage needs, around one small repository: real desks and signer; agents, prover and tool hosts scripted.
import { readFileSync } from 'node:fs'
import { readConfig } from '../../../src/adapters/config-file/read-config.ts'
import { createNodeSigner } from '../../../src/adapters/node/node-signer.ts'
import { createMeter } from '../../../src/agent/meter.ts'
import { checkConfig } from '../../../src/core/config.ts'
import type { Effect } from '../../../src/core/effect.ts'
import type { ProofFailure } from '../../../src/core/evidence.ts'
import type { ObjectId } from '../../../src/core/ids.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../../src/core/spend.ts'
import type { Position, RunState } from '../../../src/core/state.ts'
import { createDesks } from '../../../src/desk/create-desks.ts'
import { createTrustGate } from '../../../src/desk/create-trust-gate.ts'
import type { Desks } from '../../../src/ports/desk.ts'
import type { Prover } from '../../../src/ports/proof.ts'
import type { StageContext } from '../../../src/ports/stage.ts'
import type { TrustGate } from '../../../src/ports/trust-gate.ts'
import { memoryToolHosts } from './memory-tool-hosts.ts'
import { MemoryWorkspace, treeOf } from './memory-workspace.ts'
import { scriptedAgents } from './scripted-agents.ts'

type Result<K extends keyof Prover> = Awaited<ReturnType<Prover[K]>>

/** Answers of the runner, in order; one that nobody scripted is an error. */
interface ProverScript {
  detect?: Result<'detect'>
  baseline?: Result<'baseline'>
  red?: Result<'red'>[]
  quick?: Result<'quick'>[]
  prove?: Result<'prove'>
  demonstrate?: Result<'demonstrate'>[]
}

const COMMANDS = {
  setup: 'npm ci',
  test: 'npm test',
  lint: undefined,
  report: 'tap',
  setupHosts: [],
  timeoutSeconds: 60,
  origin: 'package.json scripts.test',
} as const

export const REPOSITORY = {
  'package.json': '{"name":"calc","scripts":{"test":"tape test/*.js"}}\n',
  'README.md': '# calc\n',
  'lib/add.js': 'module.exports = (a, b) => a - b\n',
  'test/add.js': 'test("adds nothing", t => t.equal(add(0, 0), 0))\n',
}

export function prompt(path: string): string {
  return readFileSync(new URL(`../../../src/stages/${path}`, import.meta.url), 'utf8')
}

export const codingPrompts = {
  coder: prompt('coding/coder/prompt.md'),
  coder_returned: prompt('coding/coder/returned.md'),
  coder_reworked: prompt('coding/coder/reworked.md'),
  not_green: prompt('coding/coder/not-green.md'),
  refactor: prompt('coding/coder/refactor.md'),
  answers_missing: prompt('coding/coder/answers-missing.md'),
}

export const signer = createNodeSigner('a secret of thirty-two characters')

export interface WorldScript {
  readonly agents?: Parameters<typeof scriptedAgents>[0]
  readonly prover?: ProverScript
  readonly files?: Readonly<Record<string, string>>
  /** What `npm ci` leaves in the checkout. */
  readonly setupLeaves?: Readonly<Record<string, string>>
  /** What the config file holds, at every commit; absent, the file is read as it is there. */
  readonly config?: unknown
}

interface ProverCall {
  readonly method: keyof Prover
  readonly commit: ObjectId
  readonly subject?: unknown
}

function scriptedProver(workspace: MemoryWorkspace, script: WorldScript): Prover & { calls: ProverCall[] } {
  const calls: ProverCall[] = []
  const answers = script.prover ?? {}
  const next = <T>(what: string, value: T | undefined): T => {
    if (value === undefined) throw new Error(`the runner's answer to ${what} is not scripted`)
    return value
  }
  return {
    calls,
    detect: async () => answers.detect ?? { commands: COMMANDS },
    baseline: async (context) => {
      calls.push({ method: 'baseline', commit: context.base })
      return next('baseline', answers.baseline)
    },
    prepare: async (_context, commit, purpose) => {
      const checkout = await workspace.checkout(commit, purpose)
      for (const [path, file] of treeOf(script.setupLeaves ?? {})) {
        workspace.checkouts.get(checkout.path)?.set(path, file)
      }
      return checkout
    },
    red: async (_context, subject) => {
      calls.push({ method: 'red', commit: subject.tests.commit, subject })
      return next('red', answers.red?.shift())
    },
    quick: async (_context, subject) => {
      calls.push({ method: 'quick', commit: subject.commit })
      return next('quick', answers.quick?.shift())
    },
    prove: async (_context, subject) => {
      calls.push({ method: 'prove', commit: subject.commit })
      return next('prove', answers.prove)
    },
    demonstrate: async (_context, commit, subject) => {
      calls.push({ method: 'demonstrate', commit, subject })
      return next('demonstrate', answers.demonstrate?.shift())
    },
  }
}

export interface StageWorld {
  readonly workspace: MemoryWorkspace
  readonly base: ObjectId
  readonly agents: ReturnType<typeof scriptedAgents>
  readonly prover: ReturnType<typeof scriptedProver>
  readonly hosts: ReturnType<typeof memoryToolHosts>
  readonly desks: Desks
  readonly gate: TrustGate
  readonly notes: string[]
  readonly slept: number[]
  readonly meter: ReturnType<typeof createMeter>
  context(at: Position, more?: Partial<RunState>): StageContext
}

export function stageWorld(script: WorldScript = {}): StageWorld {
  const workspace = new MemoryWorkspace()
  const base = workspace.commit(treeOf(script.files ?? REPOSITORY))
  const agents = scriptedAgents(script.agents ?? {})
  const prover = scriptedProver(workspace, script)
  const hosts = memoryToolHosts(workspace)
  const notes: string[] = []
  const slept: number[] = []
  const meter = createMeter({ usd: 10, turns: 100 })
  const desks = createDesks({
    agents: () => agents,
    workspaces: { open: async () => workspace },
    toolHosts: hosts,
    prover,
    configs: {
      read: (source) => (script.config === undefined ? readConfig(source) : checkConfig(script.config)),
    },
    signer,
    clock: {
      sleep: async (ms) => {
        slept.push(ms)
      },
    },
    isProtected: (path) => path.startsWith('.github/workflows/'),
  })
  const context = (at: Position, more: Partial<RunState> = {}): StageContext => ({
    run: { ...runAt(at), ...more },
    effect: EFFECT,
    signal: new AbortController().signal,
    progress: { step: () => {}, note: (text) => notes.push(text) },
    meter,
  })
  const gate = createTrustGate({ desks, workspaces: { open: async () => workspace } })
  return { workspace, base, agents, prover, hosts, desks, gate, notes, slept, meter, context }
}

const EFFECT: Effect = { id: 'abcdef1234.3.0', kind: 'write_code' }

function runAt(at: Position): RunState {
  return {
    schema: 2,
    rev: 3,
    run: 'abcdef1234',
    issue: { repo: { id: 7, owner: 'acme', name: 'calc' }, number: 12 },
    requester: { id: 42, login: 'ada' },
    label: 'millwright',
    labelled_by: 'person',
    source: 'recorded',
    started_at: '2026-01-02T03:00:00Z',
    entered_at: '2026-01-02T03:04:00Z',
    spent: NO_SPEND,
    continuity: NO_CONTINUITY,
    rounds: 0,
    hold: null,
    seen: [],
    visits: [],
    pending: [EFFECT],
    waits: null,
    at,
  }
}

export function failure(kind: ProofFailure['kind'], subject: string, detail = ''): ProofFailure {
  return { kind, subject, detail }
}
