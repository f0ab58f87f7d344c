/** Where an edge leads, with the data that belongs there. Split from reduce() so each arrival reads as one small case. */
import type { RunEvent } from './event.ts'
import { blockingFindings } from './review.ts'
import type { Position, Reason, RunState, WorkingPosition } from './state.ts'
import { workingPositionOf } from './state.ts'
import type { Edge } from './transitions.ts'

function reasonOf(event: RunEvent, edge: Edge): Reason {
  if (edge.because) return { code: edge.because, detail: detailOf(event) }
  if (event.kind === 'stage_failed') return { code: event.code, detail: event.detail }
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
          : []
  return lines.join('\n').slice(0, 2000)
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
        ? { ...from, stage: 'coding', tests: event.tests, previous: null, feedback: null }
        : undefined
    case 'code_written': {
      if (from.stage !== 'coding') return undefined
      const { spec, plan, quote, tests } = from
      return { stage: 'verifying', spec, plan, quote, tests, change: event.change }
    }
    case 'proof_passed':
      return from.stage === 'verifying'
        ? { ...from, stage: 'reviewing', evidence: event.evidence }
        : undefined
    case 'change_published':
      return from.stage === 'publishing' ? { ...from, stage: 'integrating', pull: event.pull } : undefined
    default:
      return reviewedOrReturned(from, event)
  }
}

function reviewedOrReturned(from: WorkingPosition, event: RunEvent): WorkingPosition | undefined {
  if (event.kind === 'proof_failed' && from.stage === 'verifying') {
    const { spec, plan, quote, tests, change } = from
    const feedback = { failures: event.failures, findings: [] }
    return { stage: 'coding', spec, plan, quote, tests, previous: change, feedback }
  }
  if (event.kind !== 'change_reviewed' || from.stage !== 'reviewing') return undefined
  const blocking = event.verdict.findings.filter(
    (f) => f.severity === 'blocking' && f.standing === 'demonstrated',
  )
  if (blocking.length === 0) return { ...from, stage: 'publishing', verdict: event.verdict }
  const { spec, plan, quote, tests, change } = from
  return {
    stage: 'coding',
    spec,
    plan,
    quote,
    tests,
    previous: change,
    feedback: { failures: [], findings: blocking },
  }
}

/** Where a hold goes on from: after a refused round that is coding with what was found, not the stage that found it. */
function heldFrom(from: WorkingPosition, event: RunEvent, edge: Edge): WorkingPosition {
  if (event.kind === 'code_written') return from
  if (edge.because !== 'no_progress' && edge.because !== 'rounds_spent') return from
  return forward(from, event) ?? from
}

export function nextPosition(state: RunState, event: RunEvent, edge: Edge): Position {
  const from = workingPositionOf(state)
  switch (edge.to) {
    case 'held':
      return from
    case 'needs_info':
      return {
        stage: 'needs_info',
        questions: event.kind === 'facts_missing' ? event.questions : ['?'],
        from,
      }
    case 'blocked':
      return { stage: 'blocked', reason: reasonOf(event, edge), from: heldFrom(from, event, edge) }
    case 'paused':
      return { stage: 'paused', by: actorOf(event), reason: reasonOf(event, edge), from }
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
