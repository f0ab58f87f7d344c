/** Where an edge leads, with the data that belongs there. Split from reduce() so each arrival reads as one small case. */
import { awaitedApproval } from './awaited-approval.ts'
import { waitDetail } from './awaited-runs.ts'
import type { RunEvent } from './event.ts'
import { blockingFindings } from './review.ts'
import type { Change, Feedback, Position, Reason, RunState, WorkingPosition } from './state.ts'
import { NO_FEEDBACK, workingPositionOf } from './state.ts'
import { plansAnew } from './guards.ts'
import { rewound } from './rewind.ts'
import type { Edge } from './transitions.ts'

/** The first ones are enough to work on; those that are left come back with the next review. */
const MOST_FINDINGS = 20

function reasonOf(event: RunEvent, edge: Edge): Reason {
  if (edge.because) return { code: edge.because, detail: detailOf(event) }
  if (event.kind === 'stage_failed' || event.kind === 'work_forbidden')
    return { code: event.code, detail: event.detail }
  return { code: event.kind, detail: '' }
}

/** What came back, for the person who has to decide. */
function detailOf(event: RunEvent): string {
  const lines =
    event.kind === 'proof_failed'
      ? event.failures.map((f) => `${f.kind.replaceAll('_', ' ')}: ${f.subject}\n${f.detail}`)
      : event.kind === 'change_reviewed'
        ? blockingFindings(event.verdict).map((f) => `${f.file}: ${f.claim}\n${f.demonstration}`)
        : event.kind === 'state_refused'
          ? [event.detail]
          : event.kind === 'event_given_up'
            ? [event.what]
            : event.kind === 'files_taken'
              ? [waitDetail(event)]
              : event.kind === 'issue_edited'
                ? [event.difference]
                : event.kind === 'change_returned'
                  ? feedbackLines(event.feedback)
                  : []
  return lines.join('\n').slice(0, 2000)
}

function feedbackLines({ remarks, checks }: Feedback): string[] {
  return [
    ...remarks.map((remark) => `${remark.by}: ${remark.text}`),
    ...checks.map((check) => `${check.name}: ${check.text}`),
  ]
}

function actorOf(event: RunEvent): Extract<Position, { stage: 'stopped' }>['by'] {
  return 'by' in event ? event.by : null
}

/** The data a run has gathered by the time it is planned, specified, changed, proved or reviewed. */
function forward(from: WorkingPosition, event: RunEvent): WorkingPosition | undefined {
  switch (event.kind) {
    case 'intake_accepted': {
      const spec = { task: event.task, base: event.base, policy: event.policy }
      return { stage: 'planning', spec, remarks: null }
    }
    case 'plan_made': {
      if (from.stage !== 'planning') return undefined
      const planned = { spec: from.spec, plan: event.plan, quote: event.quote }
      return from.spec.policy.plan_gate === 'human'
        ? { stage: 'awaiting_approval', ...planned, plan_hash: event.plan_hash }
        : { stage: 'specifying', ...planned }
    }
    case 'plan_approved':
      return from.stage === 'awaiting_approval'
        ? { stage: 'specifying', spec: from.spec, plan: from.plan, quote: from.quote }
        : undefined
    case 'plan_revised':
      return from.stage === 'awaiting_approval'
        ? { stage: 'planning', spec: from.spec, remarks: event.remarks }
        : undefined
    case 'tests_written':
      return from.stage === 'specifying'
        ? {
            ...from,
            stage: 'coding',
            tests: event.tests,
            pull: null,
            previous: null,
            settled: null,
            feedback: null,
          }
        : undefined
    case 'code_written': {
      if (from.stage !== 'coding') return undefined
      const { spec, plan, quote, tests, pull } = from
      return { stage: 'verifying', spec, plan, quote, tests, pull, change: event.change }
    }
    case 'proof_passed':
      return from.stage === 'verifying'
        ? { ...from, stage: 'reviewing', evidence: event.evidence }
        : undefined
    case 'change_published':
      return from.stage === 'publishing'
        ? { ...from, stage: 'integrating', pull: event.pull, decision: event.decision }
        : undefined
    case 'state_rebuilt':
    case 'files_lost':
      return rewound(from, 'planning')
    default:
      return reviewedOrReturned(from, event) ?? reworked(from, event)
  }
}

function reviewedOrReturned(from: WorkingPosition, event: RunEvent): WorkingPosition | undefined {
  if (event.kind === 'proof_failed' && from.stage === 'verifying') {
    const { spec, plan, quote, tests, pull, change } = from
    const feedback = { ...NO_FEEDBACK, failures: event.failures }
    return { stage: 'coding', spec, plan, quote, tests, pull, previous: change, settled: null, feedback }
  }
  if (event.kind !== 'change_reviewed' || from.stage !== 'reviewing') return undefined
  const blocking = event.verdict.findings.filter(
    (f) => f.severity === 'blocking' && f.standing === 'demonstrated',
  )
  if (blocking.length === 0) return { ...from, stage: 'publishing', verdict: event.verdict }
  const { spec, plan, quote, tests, pull, change } = from
  const feedback = { ...NO_FEEDBACK, findings: blocking.slice(0, MOST_FINDINGS) }
  return { stage: 'coding', spec, plan, quote, tests, pull, previous: change, settled: null, feedback }
}

/** A published change that people, checks or a moved base send round again. */
function reworked(from: WorkingPosition, event: RunEvent): WorkingPosition | undefined {
  if (event.kind === 'remarks_answered') return answered(from, event.change)
  if (event.kind === 'change_revised' && from.stage === 'publishing') {
    const { spec, plan, quote, tests, pull, change: previous } = from
    return {
      stage: 'coding',
      spec,
      plan,
      quote,
      tests,
      pull,
      previous,
      settled: null,
      feedback: revision(event),
    }
  }
  if (from.stage !== 'integrating') return undefined
  const { spec, plan, quote, tests, pull, change, evidence, verdict, decision } = from
  const settled = { evidence, verdict, decision }
  const back = { stage: 'coding', spec, plan, quote, tests, pull, previous: change, settled } as const
  if (event.kind === 'change_returned') return { ...back, feedback: event.feedback }
  if (event.kind === 'change_revised') return { ...back, feedback: revision(event) }
  if (event.kind !== 'base_taken_in') return undefined
  const moved = { ...spec, base: { ...spec.base, commit: event.base } }
  const taken = { spec: moved, plan, quote, tests: event.tests, pull }
  if (event.conflicts.length === 0) return { stage: 'verifying', ...taken, change: event.change }
  const feedback = { ...NO_FEEDBACK, conflicts: event.conflicts }
  return { stage: 'coding', ...taken, previous: event.change, settled: null, feedback }
}

/** Nothing but the answers is new: what was proved and reviewed stands. */
function answered(from: WorkingPosition, change: Change): WorkingPosition | undefined {
  if (from.stage !== 'coding' || from.pull === null || from.settled === null) return undefined
  if (from.previous?.tree !== change.tree) return undefined
  const { spec, plan, quote, tests, pull, settled } = from
  return { stage: 'integrating', spec, plan, quote, tests, pull, change, ...settled }
}

function revision({ by, remarks }: Extract<RunEvent, { kind: 'change_revised' }>): Feedback {
  const said = { kind: 'command', id: by.id, by: by.login, path: null, line: null } as const
  return { ...NO_FEEDBACK, remarks: [{ ...said, text: remarks, heard: remarks.length }] }
}

/** Where a hold goes on from: after a refused round that is coding with what was found, not the stage that found it. */
function heldFrom(state: RunState, event: RunEvent, edge: Edge): WorkingPosition {
  const from = workingPositionOf(state)
  if (event.kind === 'code_written') return from
  // A change that waits for a person's approval must not be published by the word that takes a hold off.
  const isOurs = event.kind === 'state_refused' || event.kind === 'event_given_up'
  if (isOurs && awaitedApproval(state)?.what === 'change') return rewound(from, 'reviewing') ?? from
  if (edge.because === 'rebuilt' && plansAnew(state, event)) return forward(from, event) ?? from
  const onwards: readonly Edge['because'][] = ['no_progress', 'rounds_spent', 'publish_gate']
  if (!onwards.includes(edge.because)) return from
  return forward(from, event) ?? from
}

export function nextPosition(state: RunState, event: RunEvent, edge: Edge): Position {
  const from = workingPositionOf(state)
  switch (edge.to) {
    case 'held':
      return event.kind === 'retry_requested' ? (rewound(from, event.stage) ?? from) : from
    case 'here':
      return state.at
    case 'proposed':
      return { stage: 'proposed', url: event.kind === 'patch_proposed' ? event.url : '', from }
    case 'needs_info':
      return {
        stage: 'needs_info',
        questions: event.kind === 'facts_missing' ? event.questions : ['?'],
        from,
      }
    case 'blocked':
      return { stage: 'blocked', reason: reasonOf(event, edge), from: heldFrom(state, event, edge) }
    case 'paused':
      return {
        stage: 'paused',
        by: actorOf(event),
        reason: reasonOf(event, edge),
        from: heldFrom(state, event, edge),
      }
    case 'stopped':
      return { stage: 'stopped', by: actorOf(event), reason: reasonOf(event, edge), from }
    case 'failed':
      return { stage: 'failed', reason: reasonOf(event, edge), from }
    case 'closed':
      return { stage: 'closed', by: actorOf(event), from }
    case 'merged':
      return event.kind === 'pull_merged'
        ? { stage: 'merged', commit: event.commit, from }
        : { stage: 'failed', reason: { code: 'internal', detail: `merged by ${event.kind}` }, from }
    default: {
      const next = forward(from, event)
      // A table edge that `forward` has no case for is a bug of ours; it ends the run loudly and the tests find it.
      return next?.stage === edge.to
        ? next
        : {
            stage: 'failed',
            reason: { code: 'internal', detail: `no way to ${edge.to} by ${event.kind}` },
            from,
          }
    }
  }
}
