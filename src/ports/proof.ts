/** The prover: no model, fresh sandboxes, exact trees. What it says is evidence; what agents say is not. */
import type { CriterionTest, Evidence, LockedTests, ProofFailure, RedKind } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { Progress } from './progress.ts'
import type { Checkout, Workspace } from './workspace.ts'

/** How this repository is set up and tested: from config, else detected from the base commit. */
export interface Commands {
  readonly setup: string | undefined
  /** Undefined where the repository holds documentation only: nothing can be run, and inspection has to do. */
  readonly test: string | undefined
  /** The test command for one file, which stands in it as `FILE`; absent where nobody knows it. */
  readonly oneFile?: string
  readonly lint: string | undefined
  /** Which reader understands the test report. */
  readonly report: 'tap' | 'jest' | 'vitest' | 'mocha' | 'pytest' | 'junit' | 'go' | 'none'
  /** Hosts the setup command may reach. Everything else has no network. */
  readonly setupHosts: readonly string[]
  readonly timeoutSeconds: number
  /** Where each command comes from ("config", "package.json scripts.test"), for the sentence that people read. */
  readonly origin: string
}

export interface ProofContext {
  readonly workspace: Workspace
  readonly base: ObjectId
  readonly commands: Commands
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** The base as it is before anything is done to it. */
export interface Baseline {
  readonly kind: 'green' | 'red' | 'no_tests' | 'setup_failed' | 'timed_out'
  readonly passed: number
  readonly failed: readonly string[]
  readonly readable: boolean
  /** Output for people, cleaned and cut. */
  readonly detail: string
}

export interface RedReport {
  readonly ok: boolean
  readonly tests: readonly { readonly test: CriterionTest; readonly red: RedKind; readonly message: string }[]
  /** Old tests that fail only because the new ones are there. */
  readonly broken: readonly string[]
  /** Output for the tester when it is not ok, cleaned and cut. */
  readonly output: string
}

/** A quick look for the coder's gate: not the proof, but the same runner and the same fresh tree. */
export interface QuickCheck {
  readonly ok: boolean
  readonly failures: readonly ProofFailure[]
  readonly output: string
}

export interface Demonstration {
  /** A test file in the repository's own framework, or a shell command. */
  readonly kind: 'test' | 'command'
  readonly file: { readonly path: string; readonly content: string } | undefined
  readonly command: string
  /** Text that its output must contain to show the defect, and must not contain in the control run. */
  readonly expect: string
  /** The same with an input that has no defect: it must run cleanly, or the demonstration shows nothing. */
  readonly control: string | undefined
}

export type Shown = { readonly shown: boolean; readonly output: string; readonly why: string }

export interface Prover {
  /** Commands for a commit: config's where given, else detected; undefined with a reason when there is none. */
  detect(
    workspace: Workspace,
    base: ObjectId,
    configured: Partial<Pick<Commands, 'setup' | 'test' | 'lint' | 'report' | 'timeoutSeconds'>> & {
      readonly allowHosts?: readonly string[]
    },
  ): Promise<{ commands: Commands } | { problem: string }>
  baseline(context: ProofContext): Promise<Baseline>
  /** A checkout of a commit with its dependencies in place, for an agent to work in. */
  prepare(context: ProofContext, commit: ObjectId, purpose: string): Promise<Checkout>
  red(context: ProofContext, subject: { plan: Plan; tests: LockedTests }): Promise<RedReport>
  quick(context: ProofContext, subject: { tests: LockedTests; commit: ObjectId }): Promise<QuickCheck>
  prove(
    context: ProofContext,
    subject: { plan: Plan; tests: LockedTests; commit: ObjectId },
  ): Promise<
    { ok: true; evidence: Evidence } | { ok: false; failures: readonly ProofFailure[]; output: string }
  >
  demonstrate(context: ProofContext, commit: ObjectId, demonstration: Demonstration): Promise<Shown>
}
