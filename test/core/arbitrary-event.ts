/** Any event a run can be told, and the same event made to fit a run: so that guards hold often enough to matter. */
import fc from 'fast-check'
import type { EventKind, RunEvent } from '../../src/core/event.ts'
import { FAILURE_CODES } from '../../src/core/event.ts'
import { awaitedApproval } from '../../src/core/awaited-approval.ts'
import type { RunState } from '../../src/core/state.ts'
import { pullOf } from '../../src/core/state.ts'
import { WORKING_STAGES } from '../../src/core/stage.ts'
import { arbitrary } from './arbitrary-state.ts'

const { actor, allowed, by, change, decision, evidence, failure, feedback, hex, ids, list, path } = arbitrary
const { plan, pull, quote, spec, tests, text, time, used, verdict } = arbitrary

type Of<K extends EventKind> = Extract<RunEvent, { kind: K }>

/** A result of work: what it carries besides what it says of itself. */
function result<K extends EventKind>(kind: K, parts: fc.Arbitrary<object>): fc.Arbitrary<RunEvent> {
  return fc
    .tuple(parts, used, time, text(20, 1))
    .map(([own, spending, at, attempt]) => ({ kind, at, attempt, ...spending, ...own }) as unknown as Of<K>)
}

function outside<K extends EventKind>(kind: K, parts: fc.Arbitrary<object>): fc.Arbitrary<RunEvent> {
  return fc.tuple(parts, time).map(([own, at]) => ({ kind, at, ...own }) as unknown as Of<K>)
}

const nothing = fc.constant({})
const byPerson = fc.record({ by: actor })
const byAnyone = fc.record({ by })
const number = ids
const head = hex(40)
const approved = (length: number) =>
  fc.tuple(hex(length), fc.integer({ min: 7, max: length })).map(([hash, end]) => hash.slice(0, end))

/** One arbitrary for each kind of event; the compiler holds the list complete, the schema its contents. */
const EVENTS: Record<EventKind, fc.Arbitrary<RunEvent>> = {
  intake_accepted: result('intake_accepted', spec),
  facts_missing: result('facts_missing', fc.record({ questions: list(text(200), 3, 1) })),
  plan_made: result('plan_made', fc.record({ plan, quote, plan_hash: hex(64) })),
  tests_written: result('tests_written', fc.record({ tests })),
  code_written: result('code_written', fc.record({ change })),
  proof_passed: result('proof_passed', fc.record({ evidence })),
  proof_failed: result('proof_failed', fc.record({ failures: list(failure, 3, 1) })),
  change_reviewed: result('change_reviewed', fc.record({ verdict })),
  change_published: result('change_published', fc.record({ pull, decision })),
  patch_proposed: result('patch_proposed', fc.record({ url: text(500) })),
  remarks_answered: result('remarks_answered', fc.record({ change })),
  stage_failed: result(
    'stage_failed',
    fc.record({ code: fc.constantFrom(...FAILURE_CODES), detail: text(2000), resumable: fc.boolean() }),
  ),
  work_cancelled: result('work_cancelled', nothing),
  label_removed: outside('label_removed', fc.record({ by, label: text(50, 1) })),
  issue_closed: outside('issue_closed', byAnyone),
  issue_deleted: outside('issue_deleted', byAnyone),
  issue_moved: outside('issue_moved', byAnyone),
  issue_locked: outside('issue_locked', byAnyone),
  issue_edited: outside('issue_edited', fc.record({ by, hash: hex(64), difference: text(2000) })),
  blocker_closed: outside('blocker_closed', fc.record({ number })),
  facts_given: outside('facts_given', byPerson),
  comment_touched: outside('comment_touched', byPerson),
  plan_approved: outside('plan_approved', fc.record({ by: actor, plan_hash: approved(64) })),
  publish_approved: outside('publish_approved', fc.record({ by: actor, tree: approved(40) })),
  plan_revised: outside('plan_revised', fc.record({ by: actor, remarks: text(4000, 1) })),
  stop_requested: outside('stop_requested', byPerson),
  pause_requested: outside('pause_requested', byPerson),
  resume_requested: outside('resume_requested', byPerson),
  retry_requested: outside(
    'retry_requested',
    fc.record({ by: actor, stage: fc.option(fc.constantFrom(...WORKING_STAGES)) }),
  ),
  hold_requested: outside('hold_requested', byPerson),
  unhold_requested: outside('unhold_requested', byPerson),
  change_revised: outside('change_revised', fc.record({ by: actor, remarks: text(4000, 1) })),
  pull_merged: outside('pull_merged', fc.record({ number, commit: hex(40) })),
  pull_closed: outside('pull_closed', fc.record({ number, by })),
  change_returned: outside('change_returned', fc.record({ head, feedback })),
  base_taken_in: outside(
    'base_taken_in',
    fc.record({ head, base: hex(40), tests, change, conflicts: list(path) }),
  ),
  merge_decided: outside('merge_decided', fc.record({ head, decision })),
  work_delayed: outside(
    'work_delayed',
    fc.record({
      attempt: text(20, 1),
      until: time,
      code: fc.constantFrom(...FAILURE_CODES),
      detail: text(300),
    }),
  ),
  work_forbidden: outside(
    'work_forbidden',
    fc.record({
      run: hex(16),
      code: fc.constantFrom('permission_lost', 'config_changed'),
      detail: text(2000),
    }),
  ),
  config_lowered: outside('config_lowered', fc.record({ run: hex(16), ...allowed })),
  files_taken: outside(
    'files_taken',
    fc.record({ runs: list(fc.record({ issue: ids, run: hex(16) }), 30, 1), files: list(path, 12, 1) }),
  ),
  files_free: outside('files_free', nothing),
  state_rebuilt: outside('state_rebuilt', fc.record({ files: fc.constantFrom('there', 'gone') })),
  files_lost: outside('files_lost', fc.record({ attempt: text(20, 1) })),
  event_given_up: outside('event_given_up', fc.record({ what: text(2000) })),
  state_refused: outside(
    'state_refused',
    nothing.map(() => ({ detail: 'edited' })),
  ),
}

export const arbitraryEvent: fc.Arbitrary<RunEvent> = fc.oneof(...Object.values(EVENTS))

/** The same event as this very run would get it: its attempt, its pull request, its label, the hash it waits for. */
export function fitted(event: RunEvent, state: RunState): RunEvent {
  const pull = pullOf(state)
  const waits = awaitedApproval(state)
  const fit: Partial<Record<string, unknown>> = {
    attempt: state.pending[0]?.id,
    run: state.run,
    head: pull?.head,
    number: pull?.number,
    label: state.label,
    plan_hash: event.kind === 'plan_approved' ? waits?.hash : undefined,
    tree: waits?.hash,
  }
  const replaced = Object.entries(fit).filter(([key, value]) => key in event && value !== undefined)
  return { ...event, ...Object.fromEntries(replaced) } as RunEvent
}
