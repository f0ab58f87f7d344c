/** The desk: what every stage past intake finds ready for a run, and what it shares with the stages before it. */
import type { Config } from '../core/config.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { AgentSpec } from './agents.ts'
import type { Commands, ProofContext } from './proof.ts'
import type { StageContext } from './stage.ts'
import type { ToolHost, ToolName } from './tools.ts'
import type { Workspace } from './workspace.ts'

export interface BenchRequest {
  readonly commit: ObjectId
  /** Part of the checkout's name, for operators. */
  readonly purpose: string
  readonly allowed: readonly ToolName[]
  /** True where the agent runs tests: dependencies are put in place, which takes the time of the setup command. */
  readonly dependencies: boolean
}

/** A checkout and the tool host inside its sandbox, for as long as one agent works. */
export interface Bench {
  readonly tools: ToolHost
  /** What the agent changed so far, on top of the bench's commit. What setup left behind has no part in it. */
  readonly take: (message: string) => Promise<ObjectId>
}

/** One conversation with one role, in which no answer is a failure of the stage. */
export interface Dialogue<T> {
  /** The role's answer. Throws StageFailure (resumable) for none, RetryableError for "later". */
  ask(message?: string): Promise<T>
}

export interface DeskTask {
  /** Text in here that comes from outside must be fenced. */
  readonly variables: Readonly<Record<string, string>>
  readonly tools: ToolHost | undefined
  /** Instead of the desk's own blocks: those of `withPlan`. */
  readonly dossier?: readonly string[]
}

export interface Desk {
  readonly workspace: Workspace
  readonly proof: ProofContext
  /** True for paths that no run may change: workflows, our own config, instructions for agents, and those of the config. */
  readonly isProtected: (path: string) => boolean
  /** Marks fenced text of this run. Stable over the run, and not to be known to whoever wrote the text. */
  readonly nonce: string
  /**
   * The dossier with a plan that the run does not have yet and the files that it names, byte for byte as later stages
   * show them, so that whoever judges the plan sees what it is about and they share its prefix.
   */
  withPlan(plan: Plan): Promise<readonly string[]>
  /** Opens a conversation over the dossier's blocks. */
  begin<T>(spec: AgentSpec<T>, task: DeskTask): Dialogue<T>
  /** Sets up a bench, and takes it down again whatever `work` does. */
  withBench<T>(request: BenchRequest, work: (bench: Bench) => Promise<T>): Promise<T>
}

/** What intake asks: a conversation of one answer, over blocks of its own, since there is no dossier yet. */
interface Inquiry {
  /** Text in here that comes from outside must be fenced. */
  readonly blocks: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

/** What a run has before intake is done: somebody to ask. */
export interface FrontDesk {
  /** The same as at every later desk of the run. */
  readonly nonce: string
  /** Held to the caps of the config, since the run has no policy yet. Fails as a dialogue does. */
  ask<T>(spec: AgentSpec<T>, inquiry: Inquiry): Promise<T>
}

/** `problems`: every mistake in the file, a line for each, with its place; at least one. */
export type ConfigFound =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] }

export interface Desks {
  /** The config as it stands at a commit of the default branch. */
  config(workspace: Workspace, commit: ObjectId): Promise<ConfigFound>
  /** Commands by config, else as detected. Throws StageFailure `no_test_command`, resumable, with the reason. */
  commands(workspace: Workspace, commit: ObjectId, config: Config): Promise<Commands>
  /** Throws UserError for a model that has no price. */
  front(context: StageContext, config: Config): FrontDesk
  /**
   * The desk of a run that is past intake. The dossier's first blocks are byte for byte the same in every stage; a
   * later stage has more of them. Throws UserError or StageFailure where the repository has no config or test command.
   */
  open(context: StageContext): Promise<Desk>
}
