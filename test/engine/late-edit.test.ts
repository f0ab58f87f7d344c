import { expect, it } from '@jest/globals'
import { encodeStateComment } from '../../src/core/state-comment.ts'
import { foundJob } from '../../src/engine/take-found.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import { ISSUE, later, stateAt } from '../support/states.ts'

it('F-59: a late edit of a process that stood still is noticed when its lock is found lost, and set right', async () => {
  const bench = await openEngineBench(stateAt('coding'))
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
  await bench.handle(foundJob(later(600), ISSUE))
  expect(bench.comments.get(comment)?.body).toBe(intent?.body)
  expect((await bench.state()).at.stage).toBe('coding')
})
