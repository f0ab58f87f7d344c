/** The stages of the line, put together from their parts. Every prompt is read and checked here, once, at start. */
import { checkSpec } from '../agent/fill-prompt.ts'
import type { AgentSpec } from '../ports/agents.ts'
import type { WorkKind } from '../core/effect.ts'
import { repoPage } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { FindCurb } from '../ports/curb.ts'
import type { Desks } from '../ports/desk.ts'
import type { Forge } from '../ports/forge.ts'
import type { Look } from '../ports/look.ts'
import type { Prover } from '../ports/proof.ts'
import type { Signer } from '../ports/signer.ts'
import type { StageRunner } from '../ports/stage.ts'
import type { Store } from '../ports/store.ts'
import type { TrustGate } from '../ports/trust-gate.ts'
import type { Workspaces } from '../ports/workspace.ts'
import { coderSpec } from '../stages/coding/coder/coder.ts'
import { createCoding } from '../stages/coding/coding.ts'
import { createIntake } from '../stages/intake/intake.ts'
import { intakeSpec } from '../stages/intake/normaliser/normaliser.ts'
import { architectSpec } from '../stages/planning/architect/architect.ts'
import { createLook } from '../stages/integrating/look.ts'
import { planReviewerSpec } from '../stages/planning/plan-reviewer/plan-reviewer.ts'
import { createPlanning } from '../stages/planning/planning.ts'
import { createPublishing } from '../stages/publishing/publishing.ts'
import { demonstratorSpec } from '../stages/reviewing/demonstrator/demonstrator.ts'
import { reviewerSpec } from '../stages/reviewing/reviewer/reviewer.ts'
import { createReviewing } from '../stages/reviewing/reviewing.ts'
import { createSpecifying } from '../stages/specifying/specifying.ts'
import { testerSpec } from '../stages/specifying/tester/tester.ts'
import { createVerifying } from '../stages/verifying/verifying.ts'
import { isTestFile } from '../core/paths.ts'
import { loadPrompt } from './load-prompts.ts'

interface StageParts {
  readonly forge: Forge
  readonly workspaces: Workspaces
  readonly desks: Desks
  readonly prover: Prover
  readonly store: Store
  readonly signer: Signer
  readonly clock: Clock
  readonly gate: TrustGate
  readonly findCurb: FindCurb
  readonly webUrl: string
  /** True where a person's token stands for the App. */
  readonly byToken: boolean
}

function loadPrompts() {
  const intake = { intake: loadPrompt('stages/intake/normaliser/prompt.md') }
  const planning = {
    architect: loadPrompt('stages/planning/architect/prompt.md'),
    plan_reviewer: loadPrompt('stages/planning/plan-reviewer/prompt.md'),
    plan_returned: loadPrompt('stages/planning/architect/returned.md'),
  }
  const specifying = {
    tester: loadPrompt('stages/specifying/tester/prompt.md'),
    not_red: loadPrompt('stages/specifying/tester/not-red.md'),
  }
  const coding = {
    coder: loadPrompt('stages/coding/coder/prompt.md'),
    coder_returned: loadPrompt('stages/coding/coder/returned.md'),
    coder_reworked: loadPrompt('stages/coding/coder/reworked.md'),
    answers_missing: loadPrompt('stages/coding/coder/answers-missing.md'),
    not_green: loadPrompt('stages/coding/coder/not-green.md'),
    refactor: loadPrompt('stages/coding/coder/refactor.md'),
  }
  const reviewing = {
    reviewer: loadPrompt('stages/reviewing/reviewer/prompt.md'),
    demonstrator: loadPrompt('stages/reviewing/demonstrator/prompt.md'),
  }
  return { intake, planning, specifying, coding, reviewing }
}

export function wireStages(parts: StageParts): Record<WorkKind, StageRunner> {
  const { desks, prover, signer, store, workspaces, clock, forge, gate, webUrl, byToken } = parts
  const { intake, planning, specifying, coding, reviewing } = loadPrompts()
  const specs: readonly AgentSpec<unknown>[] = [
    intakeSpec(intake.intake),
    architectSpec(planning.architect),
    planReviewerSpec(planning.plan_reviewer),
    testerSpec(specifying.tester),
    coderSpec(coding.coder),
    reviewerSpec(reviewing.reviewer),
    demonstratorSpec(reviewing.demonstrator),
  ]
  for (const spec of specs) checkSpec(spec)

  return {
    check_intake: createIntake({
      issues: forge.issues,
      workspaces,
      desks,
      prover,
      signer,
      store,
      clock,
      prompts: intake,
    }),
    make_plan: createPlanning({ desks, store, signer, prompts: planning }),
    write_tests: createSpecifying({ desks, prover, signer, isTestPath: isTestFile, prompts: specifying }),
    write_code: createCoding({ desks, prover, signer, prompts: coding }),
    prove_change: createVerifying({ desks, prover }),
    review_change: createReviewing({ desks, prover, prompts: reviewing }),
    publish_change: createPublishing({
      issues: forge.issues,
      pulls: forge.pulls,
      workspaces,
      gate,
      clock,
      byToken,
      repoUrl: (repo) => repoPage(webUrl, repo),
    }),
  }
}

/** The observer of published changes, put together from the same parts. */
export function wireLook({ forge, workspaces, gate, findCurb, signer, webUrl }: StageParts): Look {
  return createLook({
    issues: forge.issues,
    pulls: forge.pulls,
    workspaces,
    gate,
    findCurb,
    signer,
    repoUrl: (repo) => repoPage(webUrl, repo),
  })
}
