/** Comments that older programs wrote, kept for ever: each must still be read. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { createNodeSigner } from '../../src/adapters/node/node-signer.ts'
import { reduce } from '../../src/core/reduce.ts'
import { decodeStateComment, encodeStateComment } from '../../src/core/state-comment.ts'
import { upToDate } from '../../src/core/state-comment/migrations.ts'
import { runState, SCHEMA_VERSION } from '../../src/core/state.ts'
import { ALICE, later, stateAt } from '../support/states.ts'

const signer = createNodeSigner('the secret of the kept fixtures, v1')
const binding = { repoId: 7, issue: 12, commentId: 99 }
const kept = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

/** What a comment of version 1 says. */
const versionOne = JSON.parse(kept('state-v1.json')) as Record<string, unknown>

describe('a comment of version 1', () => {
  it('F-60: is read as the state it was, waiting for nothing', () => {
    expect(versionOne['schema']).toBe(1)
    expect(decodeStateComment(kept('state-comment-v1.txt'), { signer, binding })).toEqual({
      kind: 'state',
      state: { ...versionOne, schema: 2, waits: null },
      oldKey: false,
    })
  })

  it('is read with its longest texts in a second comment', () => {
    const body = kept('state-comment-v1-spilled.txt')
    const spilled = [kept('state-comment-v1-texts.txt')]
    const decoded = decodeStateComment(body, { signer, binding, spilled })
    expect(decoded).toMatchObject({ kind: 'state', state: { schema: 2, at: { stage: 'planning' } } })
    const from =
      decoded.kind === 'state' && decoded.state.at.stage === 'planning' ? decoded.state.at : undefined
    expect(from?.spec.task.body).toHaveLength(40_000)
    expect(decodeStateComment(body, { signer, binding })).toEqual({ kind: 'refused', why: 'texts_missing' })
  })

  it('is written as version 2 when the run is saved the next time', () => {
    const decoded = decodeStateComment(kept('state-comment-v1.txt'), { signer, binding })
    if (decoded.kind !== 'state') throw new Error('not read')
    const next = reduce(decoded.state, { kind: 'resume_requested', at: later(900), by: ALICE })
    if (!next.ok) throw new Error('refused')
    const encoded = encodeStateComment({ visible: 'x', state: next.state, signer, binding })
    const again = encoded.ok && decodeStateComment(encoded.body, { signer, binding })
    expect(again).toEqual({ kind: 'state', state: next.state, oldKey: false })
    expect(next.state.schema).toBe(2)
  })

  it('is refused where somebody touched it, before anything is brought up to date', () => {
    const body = kept('state-comment-v1.txt').replace('7.12.99.10.', '7.12.99.11.')
    expect(decodeStateComment(body, { signer, binding })).toEqual({ kind: 'refused', why: 'bad_signature' })
  })
})

describe('bringing a state up to date', () => {
  it('makes a valid one of each version that was ever written, and leaves what is given alone', () => {
    const before = JSON.stringify(versionOne)
    expect(runState.parse(upToDate(versionOne)).schema).toBe(SCHEMA_VERSION)
    expect(JSON.stringify(versionOne)).toBe(before)
  })

  it('changes nothing in a present one, in a newer one, or in what is no state', () => {
    const state = stateAt('coding')
    for (const value of [state, { ...state, schema: 3 }, { schema: 0 }, { schema: '1' }, [], null, 'x', 1])
      expect(upToDate(value)).toBe(value)
  })
})
