/** Where a run goes on from when a person asks for an earlier stage again: with what was known there, and no more. */
import type { Change, Published, WorkingPosition } from './state.ts'
import type { WorkingStage } from './stage.ts'

/**
 * The position at `stage` with what `from` knows, or `from` itself for null. Undefined where the run was not that far
 * yet, where nothing is done by itself (approval, integrating), and before coding once there is a pull request: its
 * plan and tests are what people have reviewed.
 */
export function rewound(from: WorkingPosition, stage: WorkingStage | null): WorkingPosition | undefined {
  // Named, intake is not gone on with but begun anew: the text that was asked for is read again.
  if (stage === null || (stage === from.stage && stage !== 'intake')) return from
  const pull = 'pull' in from ? from.pull : null
  switch (stage) {
    case 'intake':
      return pull === null ? { stage, asked: null } : undefined
    case 'planning':
      return 'spec' in from && pull === null ? { stage, spec: from.spec, remarks: null } : undefined
    case 'specifying':
      return 'plan' in from && from.stage !== 'awaiting_approval' && pull === null
        ? { stage, spec: from.spec, plan: from.plan, quote: from.quote }
        : undefined
    case 'coding': {
      if (!('change' in from)) return undefined
      const { spec, plan, quote, tests, change } = from
      return { stage, spec, plan, quote, tests, pull, previous: change, settled: null, feedback: null }
    }
    case 'verifying':
      return 'evidence' in from ? verifying(from, pull) : undefined
    case 'reviewing': {
      if (!('verdict' in from)) return undefined
      return { ...verifying(from, pull), stage, evidence: from.evidence }
    }
    default:
      return undefined
  }
}

type Changed = Extract<WorkingPosition, { change: Change }>

function verifying(from: Changed, pull: Published | null): Extract<WorkingPosition, { stage: 'verifying' }> {
  const { spec, plan, quote, tests, change } = from
  return { stage: 'verifying', spec, plan, quote, tests, pull, change }
}
