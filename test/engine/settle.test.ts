/** What is asked of the queue for a saved state: which job, and before which others. */
import { expect, it } from '@jest/globals'
import { EFFECT_KINDS } from '../../src/core/effect.ts'
import { workOf } from '../../src/engine/settle.ts'
import { ISSUE, stateAt } from '../support/states.ts'

it('asks for what is further along before what has just begun, and for no job to cancel others', () => {
  const state = stateAt('reviewing')
  const effects = EFFECT_KINDS.map((kind) => ({ id: `${state.run}.1.${kind}`, kind }))
  const jobs = workOf(state, effects)
  expect(jobs.map(({ rank, payload }) => [rank, payload.kind === 'effect' && payload.effect.kind])).toEqual([
    [0, 'check_intake'],
    [1, 'make_plan'],
    [2, 'write_tests'],
    [3, 'write_code'],
    [4, 'prove_change'],
    [5, 'review_change'],
    [6, 'publish_change'],
  ])
  expect(new Set(jobs.map(({ key, group }) => `${key} ${group}`))).toEqual(
    new Set([`${ISSUE.repo.id}#${ISSUE.number} ${ISSUE.repo.id}`]),
  )
})
