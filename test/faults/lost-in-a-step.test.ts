/** A step that is cut anywhere: GitHub or the database goes away between two of its writes, and the next try ends it. */
import { describe, expect, it } from '@jest/globals'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { RetryableError, UserError } from '../../src/core/errors.ts'
import { decodeStateComment, encodeStateComment } from '../../src/core/state-comment.ts'
import type { Comment } from '../../src/ports/forge.ts'
import type { Incoming } from '../../src/ports/incoming.ts'
import type { Job } from '../../src/ports/queue.ts'
import type { Intent } from '../../src/ports/store.ts'
import { startEngine } from '../../src/engine/engine.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import type { EngineBench } from '../support/engine-bench.ts'
import { ALICE, FORWARD, ISSUE, later, result, stateAt } from '../support/states.ts'

const AWAY = new RetryableError('store_unavailable', 'the database does not answer')
const job = (payload: Incoming, id = 'delivery-1'): Job<Incoming> => ({ id, key: KEY, payload })
const UNLABELLED = job({
  kind: 'run_event',
  issue: ISSUE,
  event: { kind: 'label_removed', at: later(300), by: ALICE, label: 'millwright' },
})

interface Edits {
  readonly bodies: string[]
  /** What GitHub does with the next edit instead of keeping it. */
  next: ((comment: Comment) => Promise<Comment>) | undefined
}

/** Every edit of a comment on its way to the forge. */
function watchEdits(bench: EngineBench): Edits {
  const edits: Edits = { bodies: [], next: undefined }
  const issues = bench.deps.forge.issues as unknown as {
    editComment: (repo: unknown, id: number, body: string) => Promise<Comment>
  }
  const edit = issues.editComment
  issues.editComment = async (repo, id, body) => {
    edits.bodies.push(body)
    const { next } = edits
    edits.next = undefined
    const there = bench.comments.get(id)
    return next && there ? next(there) : edit(repo, id, body)
  }
  return edits
}

/** The store refuses to save once, from the save on that `when` picks. */
function failSave(bench: EngineBench, when: (intent: Intent) => boolean): void {
  const { store } = bench.deps
  const save = store.saveIntent.bind(store)
  let left = 1
  store.saveIntent = async (key, intent) => {
    if (left > 0 && when(intent)) {
      left -= 1
      throw AWAY
    }
    await save(key, intent)
  }
}

const visible = (bench: EngineBench): string => bench.comments.get(101)?.body ?? ''

/** The comment, the row and the one comment that there is all say the same. */
async function expectStopped(bench: EngineBench): Promise<void> {
  expect((await bench.state()).at.stage).toBe('stopped')
  expect(visible(bench)).toContain('### 🛑 Stopped')
  expect((await bench.deps.store.intent(KEY))?.confirmed).toBe(true)
  expect([...bench.comments.keys()]).toEqual([101])
}

describe('GitHub', () => {
  it('F-18: that answers an edit and keeps the old text is asked again, and nothing is told before', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const edits = watchEdits(bench)
    edits.next = async (comment) => comment
    await expect(bench.handle(UNLABELLED)).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'forge_unavailable',
      message: 'GitHub answered an edit of the state comment but kept another text',
    })
    expect(visible(bench)).toContain('Writing the change')
    await bench.handle(UNLABELLED, true)
    await expectStopped(bench)
    expect(new Set(edits.bodies).size).toBe(1)
  })

  it('F-17: that finds a comment invalid is not asked in circles, and the operator reads why', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const edits = watchEdits(bench)
    const invalid = new UserError('forge_refused', 'GitHub refused to edit comment 101 (422).')
    edits.next = () => Promise.reject(invalid)
    let handler: ((job: Job<Incoming> & { again: boolean; waited: number }) => Promise<void>) | undefined
    Object.assign(bench.deps.queue, {
      start: ({ event }: { event: typeof handler }) => void (handler = event),
    })
    startEngine(bench.deps)
    await handler?.({ ...UNLABELLED, again: false, waited: 0 })
    expect(edits.bodies).toHaveLength(1)
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        event: 'event_failed',
        fields: { job: 'delivery-1' },
        cause: expect.stringContaining(invalid.message),
      },
    ])
    expect(await bench.deps.store.unsettled()).toEqual([ISSUE])
  })
})

describe('the database', () => {
  it('F-55: that is away before anything is written has nothing happen, and the next try does all of it', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const edits = watchEdits(bench)
    failSave(bench, () => true)
    await expect(bench.handle(UNLABELLED)).rejects.toBe(AWAY)
    expect(edits.bodies).toEqual([])
    expect(visible(bench)).toContain('Writing the change')
    await bench.handle(UNLABELLED, true)
    await expectStopped(bench)
    expect(edits.bodies).toHaveLength(1)
  })

  it('F-56: that is away after the edit is told of it later, and the comment is not written twice', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const edits = watchEdits(bench)
    failSave(bench, ({ state, confirmed }) => confirmed && state.at.stage === 'stopped')
    await expect(bench.handle(UNLABELLED)).rejects.toBe(AWAY)
    expect((await bench.deps.store.intent(KEY))?.confirmed).toBe(false)
    await bench.handle(UNLABELLED, true)
    await expectStopped(bench)
    expect(edits.bodies).toHaveLength(1)
  })

  it('F-56: that is away before the work is asked for has it asked for by the next try, once', async () => {
    const state = stateAt('planning')
    const bench = await openEngineBench(state)
    const done = job(
      { kind: 'run_event', issue: ISSUE, event: result(state, FORWARD.specifying()) },
      'result-1',
    )
    const add = bench.deps.queue.addWork.bind(bench.deps.queue)
    bench.deps.queue.addWork = () => Promise.reject(AWAY)
    await expect(bench.handle(done)).rejects.toBe(AWAY)
    bench.deps.queue.addWork = add
    await bench.handle(done, true)
    const next = await bench.state()
    expect(next.at.stage).toBe('specifying')
    expect(bench.work.map(({ id }) => id)).toEqual(next.pending.map(({ id }) => id))
    expect(bench.work).toHaveLength(1)
  })

  it('F-58: that came back so takes it also where it is too long for one comment', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const known = await bench.deps.store.intent(KEY)
    if (!known) throw new Error('the bench writes the run')
    const next = stateAt('verifying')
    if (next.at.stage !== 'verifying') throw new Error('no such state')
    // Nothing that packs well.
    const body = Array.from({ length: 500 }, (_, index) => bench.deps.signer.hash(`${index}`)).join('\n')
    const spec = { ...next.at.spec, task: { ...next.at.spec.task, body } }
    const encoded = encodeStateComment({
      visible: 'Later.',
      state: { ...next, at: { ...next.at, spec } },
      signer: bench.deps.signer,
      binding: { repoId: ISSUE.repo.id, issue: ISSUE.number, commentId: known.comment },
    })
    if (!encoded.ok || !encoded.spill) throw new Error('it fits into one comment')
    const { issues } = bench.deps.forge
    await issues.addComment(ISSUE, encoded.spill.text)
    await issues.editComment(ISSUE.repo, known.comment, encoded.body)
    await bench.handle(
      job({ kind: 'run_event', issue: ISSUE, event: { kind: 'comment_touched', at: later(300), by: ALICE } }),
    )
    expect([(await bench.state()).at.stage, visible(bench)]).toEqual(['verifying', encoded.body])
  })

  it('F-58: that came back as it was before the last edit takes the newer state from GitHub', async () => {
    const before = stateAt('planning')
    const bench = await openEngineBench(before)
    const old = await bench.deps.store.intent(KEY)
    if (!old) throw new Error('the bench writes the run')
    const done = job(
      { kind: 'run_event', issue: ISSUE, event: result(before, FORWARD.specifying()) },
      'result-1',
    )
    await bench.handle(done)
    const written = visible(bench)
    const lost = createMemoryStore()
    await lost.saveIntent(KEY, old)
    Object.assign(bench.deps, { store: lost })
    await bench.handle(
      job({ kind: 'run_event', issue: ISSUE, event: { kind: 'comment_touched', at: later(300), by: ALICE } }),
    )
    expect(visible(bench)).toBe(written)
    expect((await bench.state()).at.stage).toBe('specifying')
    const decoded = decodeStateComment(visible(bench), {
      signer: bench.deps.signer,
      binding: { repoId: ISSUE.repo.id, issue: ISSUE.number, commentId: 101 },
    })
    expect(decoded).toMatchObject({ kind: 'state', state: { rev: before.rev + 1 } })
  })
})
