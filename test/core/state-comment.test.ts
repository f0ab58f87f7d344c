import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createNodeSigner } from '../../src/adapters/node/node-signer.ts'
import { bareMarker, decodeStateComment, encodeStateComment } from '../../src/core/state-comment.ts'
import type { RunState } from '../../src/core/state.ts'
import { runState } from '../../src/core/state.ts'
import { arbitraryState } from './arbitrary-state.ts'

const signer = createNodeSigner('a secret of at least 32 characters')
const binding = { repoId: 7, issue: 12, commentId: 99 }
const place = { signer, binding }
const visible = '### Millwright\n\n- [x] planning'

function stateOf(seed: number): RunState {
  return fc.sample(arbitraryState, { numRuns: 1, seed })[0] as RunState
}

/** A state whose longest texts are `length` characters that hardly compress. */
function longState(length: number): RunState {
  let hash = signer.hash('start')
  let body = ''
  while (body.length < length) {
    hash = signer.hash(hash)
    body += hash
  }
  const task = {
    title: 't',
    body: body.slice(0, length),
    kind: 'bug',
    problem: '',
    wanted: '',
    hints: [],
    links: [],
    duplicates: [],
    hash,
    hidden_characters: 0,
    cut_characters: 0,
  }
  const policy = {
    trust: 2,
    plan_gate: 'auto',
    publish_gate: 'auto',
    max_rounds: 1,
    caps: { usd: 1, turns: 1 },
    config_hash: hash,
    config_commit: 'a'.repeat(40),
    config_problems: [],
  }
  const spec = { task, base: { branch: 'main', commit: 'a'.repeat(40) }, policy }
  return runState.parse({ ...stateOf(1), at: { stage: 'planning', spec, remarks: 'r'.repeat(200) } })
}

function encoded(state: RunState): { body: string; spill?: { hash: string; text: string } } {
  const result = encodeStateComment({ visible, state, ...place })
  if (!result.ok) throw new Error(result.problem)
  return result
}

describe('the state comment', () => {
  it('gives back every state it was made of', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        expect(runState.safeParse(state).success).toBe(true)
        const { body, spill } = encoded(state)
        const spilled = spill ? [spill.text] : []
        expect(decodeStateComment(body, { ...place, spilled })).toEqual({
          kind: 'state',
          state,
          oldKey: false,
        })
        expect(body.startsWith(`${visible}\n\n<!-- millwright:state v1 `)).toBe(true)
        expect(body.slice(visible.length).match(/-->/g)).toHaveLength(1)
      }),
      { numRuns: 150 },
    )
  })

  it('is refused or no state at all after any change of one character of its line', () => {
    const { body } = encoded(stateOf(3))
    const from = body.indexOf('<!--')
    fc.assert(
      fc.property(
        fc.integer({ min: from, max: body.length - 1 }),
        fc.string({ minLength: 0, maxLength: 1 }),
        (index, to) => {
          fc.pre(body[index] !== to)
          const changed = body.slice(0, index) + to + body.slice(index + 1)
          expect(decodeStateComment(changed, place).kind).not.toBe('state')
        },
      ),
      { numRuns: 1500 },
    )
    // Every spelling of the last character of the signature, which base64url does not use in full.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const changed = body.replace(/. -->$/, `${last} -->`)
      if (changed !== body)
        expect(decodeStateComment(changed, place)).toEqual({ kind: 'refused', why: 'bad_signature' })
    }
  })

  it('keeps its state when only the visible part changes, or the line ends', () => {
    const state = stateOf(4)
    const { body } = encoded(state)
    expect(decodeStateComment(body.replace('planning', 'coding'), place)).toEqual({
      kind: 'state',
      state,
      oldKey: false,
    })
    expect(decodeStateComment(body.replaceAll('\n', '\r\n'), place)).toEqual({
      kind: 'state',
      state,
      oldKey: false,
    })
  })

  it('is refused in another repository, issue or comment', () => {
    const { body } = encoded(stateOf(5))
    for (const other of [{ repoId: 8 }, { issue: 13 }, { commentId: 100 }]) {
      const decoded = decodeStateComment(body, { signer, binding: { ...binding, ...other } })
      expect(decoded).toEqual({ kind: 'refused', why: 'wrong_place' })
    }
  })

  it('is refused under another key', () => {
    const { body } = encoded(stateOf(5))
    const other = createNodeSigner('another secret of 32 characters!')
    expect(decodeStateComment(body, { signer: other, binding })).toEqual({
      kind: 'refused',
      why: 'bad_signature',
    })
  })

  it('is found bare before it carries a state, and absent in other text', () => {
    expect(decodeStateComment(`${visible}\n\n${bareMarker('abcd1234')}`, place)).toEqual({
      kind: 'bare',
      run: 'abcd1234',
    })
    expect(decodeStateComment('just a comment <!-- mill -->', place)).toEqual({ kind: 'none' })
  })

  it('is refused when there are two of it, when damaged, and when too long', () => {
    const { body } = encoded(stateOf(6))
    const why = (text: string) => decodeStateComment(text, place)
    expect(why(`${body}\n${bareMarker('abcd1234')}`)).toEqual({ kind: 'refused', why: 'duplicate_marker' })
    expect(why('<!-- millwright:state v1 x.y -->')).toEqual({ kind: 'refused', why: 'malformed' })
    expect(why(body.replace('v1', 'v2'))).toEqual({ kind: 'refused', why: 'unknown_schema' })
    expect(why(body + ' '.repeat(70_000))).toEqual({ kind: 'refused', why: 'too_large' })
    expect(why(`<!-- millwright:state v1 7.12.99.1.${'A'.repeat(24_001)}.x -->`)).toEqual({
      kind: 'refused',
      why: 'too_large',
    })
  })

  it('F-60: is refused when what was signed is no state: by an older program, a newer one, or too much of it', () => {
    const forge = (content: unknown) => {
      const signed = `millwright:state v1 7.12.99.1.${signer.deflate(JSON.stringify(content))}`
      return decodeStateComment(`<!-- ${signed}.${signer.sign('state-comment', signed)} -->`, place)
    }
    const state = { ...stateOf(7), rev: 1 }
    expect(forge({ state })).toEqual({ kind: 'state', state, oldKey: false })
    expect(forge({ state: { ...state, rev: 2 } })).toEqual({ kind: 'refused', why: 'malformed' })
    expect(forge({ state: { ...state, schema: 3 } })).toEqual({ kind: 'refused', why: 'unknown_schema' })
    expect(forge({ state: { ...state, schema: 0 } })).toEqual({ kind: 'refused', why: 'unknown_schema' })
    expect(forge({ state: { ...state, extra: 1 } })).toEqual({ kind: 'refused', why: 'malformed' })
    expect(forge([])).toEqual({ kind: 'refused', why: 'malformed' })
    expect(forge({ state, pad: 'x'.repeat(2_000_001) })).toEqual({ kind: 'refused', why: 'too_large' })
  })

  it('F-17: moves the longest texts into a second comment, and takes them back by hash', () => {
    const state = longState(60_000)
    const { body, spill } = encoded(state)
    expect(body.length).toBeLessThan(24_000 + visible.length)
    expect(spill?.text.length).toBeLessThanOrEqual(60_000)
    expect(encoded(state).spill).toEqual(spill)
    const second = `Texts of the run.\r\n\r\n${spill?.text}`
    const spilled = ['another comment', second]
    expect(decodeStateComment(body, { ...place, spilled })).toEqual({ kind: 'state', state, oldKey: false })
    const missing = { kind: 'refused', why: 'texts_missing' }
    expect(decodeStateComment(body, place)).toEqual(missing)
    const damaged = second.replace(/....(?= -->)/, 'AAAA')
    expect(decodeStateComment(body, { ...place, spilled: [damaged] })).toEqual(missing)
  })

  it('is not written where it does not fit, or where the visible part holds a marker', () => {
    const refused = (encoding: { visible?: string; state?: RunState }) =>
      encodeStateComment({ visible, state: stateOf(8), ...place, ...encoding })
    expect(refused({ visible: 'x '.repeat(31_000) })).toMatchObject({ ok: false })
    expect(refused({ visible: `<!--Millwright:run abcd1234 -->` })).toMatchObject({ ok: false })
    const huge = longState(80_000)
    const padded = {
      ...huge,
      seen: Array.from({ length: 200 }, (_, i) =>
        Array.from({ length: 8 }, (_x, n) => signer.hash(`${i}.${n}`)).join(''),
      ),
    }
    expect(refused({ state: padded })).toMatchObject({ ok: false })
  })

  it('never throws on any text', () => {
    const { body } = encoded(stateOf(9))
    const cut = fc
      .tuple(fc.nat(body.length), fc.nat(body.length))
      .map(([a, b]) => body.slice(a) + body.slice(0, b))
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), cut),
        (text) => typeof decodeStateComment(text, place).kind === 'string',
      ),
    )
  })
})
