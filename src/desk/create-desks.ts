/** Creates desks: config and commands at the run's base, the shared dossier, conversations, and benches to work at. */
import type { Config, ConfigProblem } from '../core/config.ts'
import { StageFailure, UserError } from '../core/errors.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import { workingPositionOf } from '../core/state.ts'
import type { RunState, Spec, WorkingPosition } from '../core/state.ts'
import type { Agents, AgentSpec } from '../ports/agents.ts'
import type { Clock } from '../ports/clock.ts'
import { CONFIG_LIMIT, CONFIG_PATH } from '../ports/config.ts'
import type { ConfigReader } from '../ports/config.ts'
import type { Desk, Desks, DeskTask } from '../ports/desk.ts'
import type { Commands, ProofContext, Prover } from '../ports/proof.ts'
import type { Signer } from '../ports/signer.ts'
import type { StageContext } from '../ports/stage.ts'
import type { ToolHosts } from '../ports/tools.ts'
import type { Workspace, Workspaces } from '../ports/workspace.ts'
import { patientDialogue } from './ask-patiently.ts'
import { buildDossier, buildPlannedFiles } from './build-dossier.ts'
import type { BuiltDossier } from './build-dossier.ts'
import { configuredCommands, withBuild } from './configured-commands.ts'
import { matchGlob } from './match-glob.ts'
import { withBench } from './open-bench.ts'
import { changeBlock, planBlock, testsBlock } from './stage-blocks.ts'

export interface DesksDeps {
  /**
   * The agents of a run, on the models that the config names; the same ones for every stage, since conversations are
   * numbered over the run. Throws UserError for a model that has no price.
   */
  readonly agents: (run: RunState, models: Config['models']) => Agents
  readonly workspaces: Pick<Workspaces, 'open'>
  readonly toolHosts: ToolHosts
  readonly prover: Pick<Prover, 'detect' | 'prepare'>
  readonly configs: ConfigReader
  readonly signer: Pick<Signer, 'sign'>
  readonly clock: Pick<Clock, 'sleep'>
  /** Paths that no run may change, whatever the config says. */
  readonly isProtected: (path: string) => boolean
}

/** Runs whose first blocks are kept; they can be built again at any time, from the same commit to the same bytes. */
const KEPT_DOSSIERS = 32
/** Letters of the fence's nonce: 96 bits. */
const NONCE_LENGTH = 16

function problemLine({ message, line }: ConfigProblem): string {
  return line === undefined ? `- ${message}` : `- line ${line}: ${message}`
}

async function readConfig(deps: DesksDeps, workspace: Workspace, commit: ObjectId): Promise<Config> {
  const file = (await workspace.files(commit)).find(({ path }) => path === CONFIG_PATH)
  if (file !== undefined && file.size > CONFIG_LIMIT) {
    throw new UserError('config_invalid', `${CONFIG_PATH} is larger than ${CONFIG_LIMIT} bytes`)
  }
  const bytes = file && (await workspace.read(commit, CONFIG_PATH, CONFIG_LIMIT))
  const result = deps.configs.read(bytes === undefined ? '' : new TextDecoder().decode(bytes))
  if (result.ok) return result.config
  throw new UserError('config_invalid', result.problems.map(problemLine).join('\n'))
}

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

/** The blocks after the first ones, in the order in which the stages make them. */
async function laterBlocks(
  workspace: Workspace,
  at: Exclude<WorkingPosition, { stage: 'intake' }>,
  shown: { held: readonly string[]; nonce: string },
): Promise<{ blocks: string[]; held: readonly string[] }> {
  const base = at.spec.base.commit
  const { nonce } = shown
  const blocks: string[] = []
  let held: readonly string[] = []
  if ('plan' in at) {
    blocks.push(planBlock(at.plan, nonce))
    const planned = await buildPlannedFiles(workspace, base, { plan: at.plan, held: shown.held, nonce })
    if (planned !== undefined) blocks.push(planned.text)
    held = planned?.held ?? []
  }
  if ('tests' in at) {
    const diff = at.tests.commit === base ? '' : await workspace.diffText(base, at.tests.commit)
    blocks.push(testsBlock(at.tests, { diff, held: [...shown.held, ...held] }, nonce))
  }
  if ('evidence' in at) {
    const diff = await workspace.diffText(at.tests.commit, at.change.commit)
    blocks.push(changeBlock(at.evidence, diff, nonce))
  }
  return { blocks, held }
}

class DossierShelf {
  readonly #kept = new Map<string, Promise<BuiltDossier>>()

  /** One build per run, also when two stages ask at once; a failed one is not kept. */
  take(run: string, build: () => Promise<BuiltDossier>): Promise<BuiltDossier> {
    const known = this.#kept.get(run)
    if (known) return known
    const built = build()
    this.#kept.set(run, built)
    built.catch(() => this.#kept.delete(run))
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
  const config = await readConfig(deps, workspace, base)
  const commands = await findCommands(deps, { workspace, commit: base, config })
  const proof: ProofContext = { workspace, base, commands, signal, progress }
  const nonce = nonceOf(deps, run)
  const first = await shelf.take(run.run, () =>
    buildDossier(workspace, base, { task: spec.task, commands, rails: config.rails, nonce }),
  )
  // What the dossier shows counts as read: a tool that shows it again is a repetition.
  const later = await laterBlocks(workspace, at, { held: first.held, nonce })
  for (const region of [...first.held, ...later.held]) meter.firstRead(region)
  const blocks = [...first.blocks, ...later.blocks]
  const agents = deps.agents(run, config.models)
  const configProtects = matchGlob(config.protected)
  const dossierWith = (candidate: Plan | undefined): readonly string[] =>
    candidate === undefined ? blocks : [...first.blocks, planBlock(candidate, nonce)]
  return {
    workspace,
    proof,
    nonce,
    isProtected: (path) => deps.isProtected(path) || configProtects(path),
    begin: (agent, { variables, tools, candidate }: DeskTask) => {
      const dossier = dossierWith(candidate)
      const spec = withLimits(agent, config.limits)
      const conversation = agents.begin(spec, { dossier, variables, tools, meter, signal, progress })
      return patientDialogue(conversation, { clock: deps.clock, signal })
    },
    withBench: (request, work) => withBench(deps, { proof, request }, work),
  }
}

export function createDesks(deps: DesksDeps): Desks {
  const shelf = new DossierShelf()
  return {
    config: (workspace, commit) => readConfig(deps, workspace, commit),
    commands: (workspace, commit, config) => findCommands(deps, { workspace, commit, config }),
    open: (context) => openDesk(deps, shelf, context),
  }
}
