/** What each stage does, in the words of the checklist; where no criterion has a test, it says so. */
import type { WorkingStage } from '../stage.ts'
import type { WorkingPosition } from '../state.ts'

export const STAGE_TEXT: Record<WorkingStage, string> = {
  intake: 'reading the issue and running the tests there are',
  planning: 'an architect plans, a second mind checks the plan',
  awaiting_approval: 'a person approves the plan',
  specifying: 'tests that fail because the problem is there',
  coding: 'the smallest change that turns them green',
  verifying: 'a clean room with no model proves it',
  reviewing: 'a reviewer who did not write it looks for what is wrong',
  publishing: 'branch, draft pull request, review, check',
  integrating: 'a person decides',
}

/** By inspection only: no red, no green, and nothing that a program could prove. */
const UNTESTED: Partial<Record<WorkingStage, string>> = {
  specifying: 'no test to write: every criterion is judged by inspection',
  coding: 'the smallest change that does what the plan says',
  verifying: 'a clean room with no model runs what there is to run',
}

export function isUntested(from: WorkingPosition): boolean {
  return 'plan' in from && from.plan.criteria.every((criterion) => criterion.proof.kind === 'inspection')
}

/** @param from where the run is */
export function stageText(stage: WorkingStage, from: WorkingPosition): string {
  return (isUntested(from) ? UNTESTED[stage] : undefined) ?? STAGE_TEXT[stage]
}
