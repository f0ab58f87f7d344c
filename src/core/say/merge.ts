/** What the trust gate says, in words: for the state comment, the check run and `/mill explain`. */
import type { MergeDecision, MergeReason } from '../merge-decision.ts'
import { cell } from './evidence-table.ts'
import { count } from './figures.ts'

/** The start of a sentence; the detail follows in brackets, then the full stop. */
const REASON: Record<MergeReason, string> = {
  trust_level: 'Only people merge at this trust level; merging by me begins at level 3',
  risk_too_high: 'The risk is higher than the trust level allows',
  out_of_scope: 'The change is not inside the scopes of level 4',
  protected_path: 'Files were changed that the config protects, so a person has to merge',
  own_files:
    'My own config, workflows or instructions for agents were changed, which I never merge at any level',
  base_not_pinned:
    'The base is not pinned: its protection must require branches to be up to date, or have a merge queue that requires the check `millwright`',
  on_hold: 'Somebody said `/mill hold`',
  conflicts: 'It conflicts with the base branch',
  not_known_yet: 'GitHub has not worked out yet whether it can be merged',
  head_moved: 'Somebody else pushed to the branch, and what they pushed was not proved',
  base_changed: 'It goes into another branch now than the one that it was proved on',
  checks_pending: 'Checks are still running',
  checks_failed: 'Checks failed',
  checks_missing: 'Checks that must pass did not; one that was skipped or is missing has not passed',
  checks_foreign: 'Checks came from somebody else than they have to come from',
  changes_requested: 'Changes were requested',
  approvals_missing: 'Approvals are missing; those of whoever asked for the change do not count',
  remarks_open: 'Remarks are not answered yet',
  unproved_hunks: 'Parts of the change are unproved: no test goes red without them',
  findings_open: "Some of the reviewer's findings are open",
  not_tested: 'No test proves any of the criteria',
  hidden_text: 'The issue holds text that its page does not show',
  behind_base: 'The base has moved on since, and the branch has to be up to date with it',
}

type Reason = MergeDecision['reasons'][number]

function sentence({ code, detail }: Reason): string {
  return `${REASON[code]}${detail === '' ? '' : ` (${cell(detail, 400)})`}.`
}

/** The pull request's own page shows these to whoever merges, and shows at once when they are over. */
const SHOWN_THERE: ReadonlySet<MergeReason> = new Set(['not_known_yet', 'checks_pending', 'checks_missing'])

/** Below the merging levels people merge, and what else speaks against it is for them to weigh. */
function forPeople({ reasons }: MergeDecision): { level: Reason; others: readonly Reason[] } | undefined {
  const level = reasons.find(({ code }) => code === 'trust_level')
  return (
    level && { level, others: reasons.filter((reason) => reason !== level && !SHOWN_THERE.has(reason.code)) }
  )
}

/** The few words for a title. */
export function mergeTitle(decision: MergeDecision): string {
  const people = forPeople(decision)
  if (people && people.others.length === 0) return 'a person merges'
  if (people) return `a person merges, ${count(people.others.length, 'open point')}`
  return decision.reasons.length === 0
    ? 'would merge'
    : `would not merge: ${count(decision.reasons.length, 'reason')}`
}

function answer(decision: MergeDecision): string {
  const people = forPeople(decision)
  const list = (reasons: readonly Reason[]): string =>
    reasons.map((reason) => `- ${sentence(reason)}`).join('\n')
  if (people) {
    const open = people.others.length === 0 ? '' : `\n\nOpen until then:\n\n${list(people.others)}`
    return `**A person merges this.** ${sentence(people.level)}${open}`
  }
  return decision.reasons.length === 0
    ? '**I would merge this:** every gate holds. This version of me merges nothing, so a person has to.'
    : `**I would not merge this**, and merge nothing in this version anyway. What speaks against it:\n\n${list(decision.reasons)}`
}

/** Risk and all reasons. Whatever it says, this version merges nothing, and says that too. */
export function mergeReport(decision: MergeDecision): string {
  const { risk, risk_because } = decision
  const because = risk_because.map((text) => cell(text, 300)).join('; ')
  return [
    `**Risk: ${risk}**${because === '' ? '' : `, because of this: ${because}`}.`,
    answer(decision),
  ].join('\n\n')
}
