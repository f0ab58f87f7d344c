/** What somebody with write access can do to our comment, case by case, and what comes of it. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createNodeSigner } from '../../src/adapters/node/node-signer.ts'
import { bareMarker, decodeStateComment, encodeStateComment } from '../../src/core/state-comment.ts'
import type { RunState } from '../../src/core/state.ts'
import { stateAt } from '../support/states.ts'

const SECRET = 'a secret of at least 32 characters'
const signer = createNodeSigner(SECRET)
const binding = { repoId: 7, issue: 12, commentId: 99 }
const place = { signer, binding }
const visible = '### Millwright\n\n- [x] planning'
const state = stateAt('publishing')

function bodyOf(of: RunState = state, at = place): string {
  const encoded = encodeStateComment({ visible, state: of, ...at })
  if (!encoded.ok) throw new Error(encoded.problem)
  return encoded.body
}

const body = bodyOf()
const refused = (why: string) => ({ kind: 'refused', why })
const read = (text: string) => decodeStateComment(text, place)
const line = body.slice(body.indexOf('<!--'))

describe('a state comment is refused', () => {
  it('when somebody edited its signed line', () => {
    expect(read(body.replace(/\.(\d+)\.(?=[\w-]{100})/, '.999.'))).toEqual(refused('bad_signature'))
    const other = bodyOf(stateAt('coding')).match(/\.([\w-]{100,})\./)?.[1] ?? ''
    expect(read(body.replace(/\.[\w-]{100,}\./, `.${other}.`))).toEqual(refused('bad_signature'))
  })

  it('when it was copied from another comment, issue or repository', () => {
    for (const other of [{ commentId: 100 }, { issue: 13 }, { repoId: 8 }])
      expect(decodeStateComment(body, { signer, binding: { ...binding, ...other } })).toEqual(
        refused('wrong_place'),
      )
  })

  it('when it is longer than a comment can be, or its line than a line of ours', () => {
    expect(read(`${'x'.repeat(70_000)}${line}`)).toEqual(refused('too_large'))
    expect(read(line.replace(/(?<=99\.\d+\.)/, 'A'.repeat(24_000)))).toEqual(refused('too_large'))
  })

  it('when it has two markers, whatever the second one is', () => {
    const seconds = [
      line,
      bareMarker('abcde12345'),
      '<!-- millwright:reply:5 -->',
      '<!--MILLWRIGHT',
      '<!-- millwright:x',
    ]
    for (const second of seconds) {
      expect(read(`${body}\n${second}`)).toEqual(refused('duplicate_marker'))
      expect(read(`${second}\n${body}`)).toEqual(refused('duplicate_marker'))
    }
  })

  it('when its marker is damaged or stands within other text', () => {
    expect(read(body.replace('<!-- millwright:state', '<!-- millwright:stat'))).toEqual(refused('malformed'))
    expect(read(`> ${line}`)).toEqual(refused('malformed'))
    expect(read(line.replace(' -->', ''))).toEqual(refused('malformed'))
  })

  it('F-53: when a secret signed it that was given up', () => {
    expect(decodeStateComment(body, { signer: createNodeSigner('x'.repeat(32)), binding })).toEqual(
      refused('bad_signature'),
    )
  })
})

describe('a state comment is read', () => {
  it('as the older revision that it is, where somebody pasted one back: the caller knows the newer one', () => {
    const older = stateAt('coding')
    expect(older.rev).toBeLessThan(state.rev)
    expect(read(bodyOf(older))).toEqual({ kind: 'state', state: older, oldKey: false })
  })

  it('as bare, without a state, where somebody took the signed line out and put the first marker back', () => {
    expect(read(`${visible}\n\n${bareMarker(state.run)}`)).toEqual({ kind: 'bare', run: state.run })
    expect(read(`${visible}\n\n> ${bareMarker(state.run)}`)).toEqual(refused('malformed'))
  })

  it('F-53: under the secret before the present one, and says so; written anew it has the present one', () => {
    const rotated = { signer: createNodeSigner('a new secret of 32 characters or more', SECRET), binding }
    expect(decodeStateComment(body, rotated)).toEqual({ kind: 'state', state, oldKey: true })
    const anew = bodyOf(state, rotated)
    expect(decodeStateComment(anew, rotated)).toEqual({ kind: 'state', state, oldKey: false })
    expect(read(anew)).toEqual(refused('bad_signature'))
  })

  it('as no state where it is another comment of ours: moved texts, a reply, a review, a patch, an answer', () => {
    const others = [
      '<!-- millwright:texts v1 AAAA -->',
      '<!-- millwright:reply:5 -->',
      `<!-- millwright:review:abcde12345.${'5'.repeat(40)} -->`,
      `<!-- millwright:patch:abcde12345.${'5'.repeat(40)} -->`,
      '<!-- millwright:answer:abcde12345.thread.501.0123456789ab -->',
    ]
    for (const other of others) expect(read(`Some words.\n\n${other}`)).toEqual({ kind: 'none' })
  })
})

describe('whatever is done to its line', () => {
  const from = body.indexOf('<!--')
  const anywhere = fc.integer({ min: from, max: body.length })
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom('.', '=', '-', '_', 'A', ' ', '\n', '-->'),
  )
  /** A part of the line replaced: nothing put in takes it out, nothing taken out puts it in. */
  const edit = fc.tuple(anywhere, fc.nat(60), text)

  it('no other state is read from it than the one that we signed', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const edited = edits.reduce(
          (before, [at, length, put]) => before.slice(0, at) + put + before.slice(at + length),
          body,
        )
        const decoded = read(edited)
        // What is put in before or behind the whole line, on lines of its own, leaves the line as it was.
        if (decoded.kind === 'state') expect([edited.includes(line), decoded.state]).toEqual([true, state])
      }),
      { numRuns: 2000 },
    )
  })

  it('parts of two of our comments never make a third', () => {
    const lines = [stateAt('coding'), stateAt('reviewing'), state].map((one) =>
      bodyOf(one).slice(visible.length + 2),
    )
    const pick = fc.constantFrom(...lines)
    fc.assert(
      fc.property(fc.tuple(pick, pick), fc.tuple(fc.nat(9000), fc.nat(9000)), ([one, two], [end, start]) => {
        const mixed = one.slice(0, end) + two.slice(start)
        if (!lines.includes(mixed)) expect(read(mixed).kind).not.toBe('state')
      }),
      { numRuns: 1000 },
    )
  })
})
