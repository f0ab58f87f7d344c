/** Builds the prover from a sandbox: everything it says rests on runs in fresh sandboxes on exact trees. */
import type { Log } from '../ports/log.ts'
import type { Prover } from '../ports/proof.ts'
import type { Sandbox } from '../ports/sandbox.ts'
import { baselineOf } from './baseline.ts'
import { demonstrate } from './demonstrate.ts'
import { createDependencyTemplates } from './dependencies.ts'
import { detectCommands } from './detect/detect-commands.ts'
import type { HunkLimits } from './hunk-reversal.ts'
import { proveChange } from './prove.ts'
import { quickCheck } from './quick.ts'
import { redOnBase } from './red.ts'
import { createTestRunner } from './test-runner.ts'

export interface ProverOptions {
  readonly sandbox: Sandbox
  readonly log: Log
  /** Limits of hunk reversal; forty hunks, ten minutes, two at a time unless told. */
  readonly hunks?: Partial<HunkLimits>
}

/** A prover that keeps dependency templates until it is closed. */
export interface ClosableProver extends Prover {
  /** Removes the templates. Call it when no work is under way. */
  close(): Promise<void>
}

/** Forty hunks is what a person still reviews; ten minutes is what a person still waits. */
const HUNKS: HunkLimits = { most: 40, seconds: 600, parallel: 2 }

export function createProver(options: ProverOptions): ClosableProver {
  const { sandbox, log } = options
  const templates = createDependencyTemplates({ sandbox, log })
  const runner = createTestRunner({ sandbox, templates })
  const limits: HunkLimits = { ...HUNKS, ...options.hunks }
  return {
    detect: (workspace, base, configured) => detectCommands(workspace, base, configured),
    baseline: async (context) => {
      context.progress.step('running the tests of the base')
      return baselineOf(await runner.suite(context, context.base))
    },
    prepare: (context, commit, purpose) => runner.prepare(context, commit, purpose),
    red: (context, subject) => redOnBase(runner, context, subject),
    quick: (context, subject) => quickCheck(runner, context, subject),
    prove: (context, subject) => proveChange(runner, context, { subject, limits }),
    demonstrate: (context, commit, demonstration) => demonstrate(runner, context, { commit, demonstration }),
    close: () => templates.close(),
  }
}
