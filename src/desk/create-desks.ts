/** Creates desks: config and commands at the run's base, the shared dossier, conversations, and benches to work at. */
import type { Config } from '../core/config.ts'
import { StageFailure, UserError } from '../core/errors.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import { workingPositionOf } from '../core/state.ts'
import type { RunState, Spec, WorkingPosition } from '../core/state.ts'
import type { Agents, AgentSpec, Meter } from '../ports/agents.ts'
import type { Clock } from '../ports/clock.ts'
import type { ConfigReader } from '../ports/config.ts'
import type { Desk, Desks, DeskTask, FrontDesk } from '../ports/desk.ts'
import type { Commands, ProofContext, Prover } from '../ports/proof.ts'
import type { Signer } from '../ports/signer.ts'
import type { StageContext } from '../ports/stage.ts'
import type { ToolHosts } from '../ports/tools.ts'
import type { Workspace, Workspaces } from '../ports/workspace.ts'
import { patientDialogue } from './ask-patiently.ts'
import { buildDossier, buildPlannedFiles } from './build-dossier.ts'
import type { BuiltDossier } from './build-dossier.ts'
import { configuredCommands, withBuild } from './configured-commands.ts'
import { findConfig } from './find-config.ts'
import { matchGlob } from '../core/match-glob.ts'
import { withBench } from './open-bench.ts'
import { answersBlock, changeBlock, planBlock, testsBlock } from './stage-blocks.ts'

export interface DesksDeps {
  /**
   * The agents of one attempt at an effect, on the models that the config names; asked for once per attempt, since
   * conversations are numbered over it. Throws UserError for a model that has no price.
   */
  readonly agents: (attempt: Pick<StageContext, 'run' | 'effect'>, models: Config['models']) => Agents
  readonly workspaces: Pick<Workspaces, 'open'>
  readonly toolHosts: ToolHosts
  readonly prover: Pick<Prover, 'detect' | 'prepare'>
  readonly configs: ConfigReader
  readonly signer: Pick<Signer, 'sign' | 'hash'>
  readonly clock: Pick<Clock, 'sleep'>
  /** Paths that no run may change, whatever the config says. */
  readonly isProtected: (path: string) => boolean
}

/** Runs whose first blocks are kept; they can be built again at any time, from the same commit to the same bytes. */
const KEPT_DOSSIERS = 32
/** Letters of the fence's nonce: 96 bits. */
const NONCE_LENGTH = 16

async function findCommands(
  deps: DesksDeps,
  where: { workspace: Workspace; commit: ObjectId; config: Config },
): Promise<Commands> {
  const found = await deps.prover.detect(where.workspace, where.commit, configuredCommands(where.config))
  if ('commands' in found) return withBuild(found.commands, where.config.commands.build)
  throw new StageFailure('no_test_command', found.problem, { resumable: true })
}

/** A role's own limits, with what the config says of them in their place. */
function withLimits<T>(agent: AgentSpec<T>, configured: Config['limits']): AgentSpec<T> {
  const { turns, usd, max_tokens: maxTokens } = configured[agent.role]
  const { limits } = agent
  return {
    ...agent,
    limits: {
      turns: turns ?? limits.turns,
      usd: usd ?? limits.usd,
      maxTokens: maxTokens ?? limits.maxTokens,
    },
  }
}

/** Keyed, so that nobody who writes an issue or a file can know it; by the run alone, so that it is stable. */
function nonceOf(deps: DesksDeps, run: RunState): string {
  return deps.signer.sign('fence', run.run).slice(0, NONCE_LENGTH)
}

interface Blocks {
  readonly blocks: readonly string[]
  /** Regions of files that they show. */
  readonly held: readonly string[]
}

async function planBlocks(
  workspace: Workspace,
  base: ObjectId,
  { plan, held, nonce }: { plan: Plan; held: readonly string[]; nonce: string },
): Promise<Blocks> {
  const planned = await buildPlannedFiles(workspace, base, { plan, held, nonce })
  const files = planned === undefined ? [] : [planned.text]
  return { blocks: [planBlock(plan, nonce), ...files], held: planned?.held ?? [] }
}

/** The blocks after the first ones, in the order in which the stages make them. */
async function laterBlocks(
  workspace: Workspace,
  at: Exclude<WorkingPosition, { stage: 'intake' }>,
  shown: { held: readonly string[]; nonce: string },
): Promise<Blocks> {
  const base = at.spec.base.commit
  const { nonce } = shown
  const blocks: string[] = []
  let held: readonly string[] = []
  if ('plan' in at) {
    const planned = await planBlocks(workspace, base, { ...shown, plan: at.plan })
    blocks.push(...planned.blocks)
    held = planned.held
  }
  if ('tests' in at) {
    const diff = at.tests.commit === base ? '' : await workspace.diffText(base, at.tests.commit)
    blocks.push(testsBlock(at.tests, { diff, held: [...shown.held, ...held] }, nonce))
  }
  if ('evidence' in at) {
    const diff = await workspace.diffText(at.tests.commit, at.change.commit)
    blocks.push(changeBlock(at.evidence, diff, nonce))
    if (at.change.answers.length > 0) blocks.push(answersBlock(at.change.answers, nonce))
  }
  return { blocks, held }
}

class DossierShelf {
  readonly #kept = new Map<string, Promise<BuiltDossier>>()

  /** One build per key, also when two stages ask at once; a failed one is not kept. */
  take(key: string, build: () => Promise<BuiltDossier>): Promise<BuiltDossier> {
    const known = this.#kept.get(key)
    if (known) return known
    const built = build()
    this.#kept.set(key, built)
    built.catch(() => this.#kept.delete(key))
    const oldest = this.#kept.keys().next().value
    if (this.#kept.size > KEPT_DOSSIERS && oldest !== undefined) this.#kept.delete(oldest)
    return built
  }
}

async function openDesk(deps: DesksDeps, shelf: DossierShelf, context: StageContext): Promise<Desk> {
  const { run, signal, progress, meter } = context
  const at = workingPositionOf(run)
  if (at.stage === 'intake') throw new StageFailure('internal', 'there is no desk before intake is done')
  const { spec }: { spec: Spec } = at
  const workspace = await deps.workspaces.open(run.issue.repo)
  const base = spec.base.commit
  // Where intake read it, so that no stage works by another config: the base may move, and may hold one with mistakes.
  const found = await findConfig(deps.configs, workspace, spec.policy.config_commit)
  if (!found.ok) throw new UserError('config_invalid', found.problems.join('\n'))
  const { config } = found
  const commands = await findCommands(deps, { workspace, commit: base, config })
  const proof: ProofContext = { workspace, base, commands, signal, progress }
  const nonce = nonceOf(deps, run)
  // By the whole spec: `/mill retry intake` reads the issue anew, in the same run and often on the same base.
  const first = await shelf.take(`${run.run} ${deps.signer.hash(JSON.stringify(spec))}`, () =>
    buildDossier(workspace, base, { task: spec.task, commands, rails: config.rails, nonce }),
  )
  // What the dossier shows counts as read: a tool that shows it again is a repetition.
  const later = await laterBlocks(workspace, at, { held: first.held, nonce })
  for (const region of [...first.held, ...later.held]) meter.firstRead(region)
  const blocks = [...first.blocks, ...later.blocks]
  const agents = deps.agents(context, config.models)
  const configProtects = matchGlob(config.protected)
  return {
    workspace,
    proof,
    nonce,
    isProtected: (path) => deps.isProtected(path) || configProtects(path),
    withPlan: async (plan) => {
      const planned = await planBlocks(workspace, base, { plan, held: first.held, nonce })
      return [...first.blocks, ...planned.blocks]
    },
    begin: (agent, { variables, tools, dossier = blocks }: DeskTask) => {
      const spec = withLimits(agent, config.limits)
      const conversation = agents.begin(spec, { dossier, variables, tools, meter, signal, progress })
      return patientDialogue(conversation, { clock: deps.clock, signal })
    },
    withBench: (request, work) => withBench(deps, { proof, request, run: run.run }, work),
  }
}

/** The meter counts for the run as ever; only its limit is the config's, which the engine does not know before intake. */
function heldTo(meter: Meter, { budget }: Config): Meter {
  return {
    limit: { usd: budget.per_issue_usd, turns: budget.per_issue_turns },
    spent: () => meter.spent(),
    continuity: () => meter.continuity(),
    add: (spend, continuity, id) => meter.add(spend, continuity, id),
    firstRead: (region) => meter.firstRead(region),
  }
}

function openFrontDesk(deps: DesksDeps, context: StageContext, config: Config): FrontDesk {
  const { run, signal, progress } = context
  const agents = deps.agents(context, config.models)
  const meter = heldTo(context.meter, config)
  return {
    nonce: nonceOf(deps, run),
    ask: (agent, { blocks, variables }) => {
      const task = { dossier: blocks, variables, tools: undefined, meter, signal, progress }
      const conversation = agents.begin(withLimits(agent, config.limits), task)
      return patientDialogue(conversation, { clock: deps.clock, signal }).ask()
    },
  }
}

export function createDesks(deps: DesksDeps): Desks {
  const shelf = new DossierShelf()
  return {
    config: (workspace, commit) => findConfig(deps.configs, workspace, commit),
    commands: (workspace, commit, config) => findCommands(deps, { workspace, commit, config }),
    front: (context, config) => openFrontDesk(deps, context, config),
    open: (context) => openDesk(deps, shelf, context),
  }
}
