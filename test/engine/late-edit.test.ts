import { describe, expect, it } from '@jest/globals'
import { encodeStateComment } from '../../src/core/state-comment.ts'
import type { RunState } from '../../src/core/state.ts'
import { foundJob } from '../../src/engine/take-found.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import { ALICE, ISSUE, later, stateAt } from '../support/states.ts'

const coding = stateAt('coding')
const stopped = {
  ...coding,
  pending: [],
  at: { stage: 'stopped', by: ALICE, reason: { code: 'stop_requested', detail: '' }, from: coding.at },
} as RunState

/** The run was at `state` when an earlier one of its states was written over it. */
async function writtenOver(state: RunState) {
  const bench = await openEngineBench(state)
  const intent = await bench.deps.store.intent(KEY)
  const comment = intent?.comment ?? 0
  const late = encodeStateComment({
    visible: 'What it was at before it stood still.',
    state: stateAt('planning'),
    signer: bench.deps.signer,
    binding: { repoId: ISSUE.repo.id, issue: ISSUE.number, commentId: comment },
  })
  if (!late.ok) throw new Error(late.problem)
  await bench.deps.forge.issues.editComment(ISSUE.repo, comment, late.body)
  return { bench, intent, late: late.body, body: () => bench.comments.get(comment)?.body }
}

describe('F-59: a late edit of a process that stood still', () => {
  it.each([['at work', coding] as const, ['over', stopped] as const])(
    'is noticed when its lock is found lost, and set right, where the run is %s',
    async (_, state) => {
      const { bench, intent, body } = await writtenOver(state)
      await bench.handle(foundJob(later(600), ISSUE))
      expect(body()).toBe(intent?.body)
      expect((await bench.state()).at.stage).toBe(state.at.stage)
    },
  )

  it('stays where nobody knows any more what the run had ended with', async () => {
    const { bench, intent, late, body } = await writtenOver(stopped)
    if (intent) await bench.deps.store.saveIntent(KEY, { ...intent, body: '' })
    await bench.handle(foundJob(later(600), ISSUE))
    expect(body()).toBe(late)
  })
})
