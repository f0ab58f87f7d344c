import { describe, expect, it } from '@jest/globals'
import { pullMarker } from '../../src/core/pull-marker.ts'
import { translate } from '../../src/webhooks/translate.ts'
import type { Translation } from '../../src/webhooks/translation.ts'
import { T0 } from '../support/states.ts'
import { ALICE, APP, BOB, BY, COMMENTED, ISSUE, ISSUE_PART, REPO } from './payloads.ts'

type Comment = Partial<Record<keyof (typeof COMMENTED)['comment'], unknown>>

const commented = (action: string, payload: object): Translation =>
  translate('issue_comment', { ...payload, action }, T0)

const saying = (comment: Comment, more: object = {}): object => ({
  ...COMMENTED,
  ...more,
  comment: { ...COMMENTED.comment, ...comment },
})

const run = (event: object): object => ({
  kind: 'incoming',
  incoming: [{ kind: 'run_event', issue: ISSUE, event: { at: T0, by: BY, ...event } }],
})

const COMMAND = {
  kind: 'command_given',
  at: T0,
  issue: ISSUE,
  place: 'issue',
  thread: 12,
  comment: 501,
  by: BY,
  writtenAt: '2026-11-20T10:00:00Z',
  body: '/mill stop',
}
const command = (more: object = {}): object => ({ kind: 'incoming', incoming: [{ ...COMMAND, ...more }] })

const NOT_BY_HAND = { kind: 'nothing', why: "the comment is not by a person's own hand" }

describe('a new comment by a person', () => {
  it('on an issue may be the answer that a run waits for', () => {
    expect(commented('created', COMMENTED)).toEqual(run({ kind: 'facts_given' }))
  })

  it.each(['/mill stop', '/mill', '/MILL Stop', '/mill\nstop', '/mill dance', '/mill stop\r\n\r\nthank you'])(
    'whose first line is %j is a command',
    (body) => {
      expect(commented('created', saying({ body }))).toEqual(command({ body }))
    },
  )

  it.each([
    ['in a quote', '> /mill stop'],
    ['in a code block', '```\n/mill stop\n```'],
    ['in an indented code block', '    /mill stop'],
    ['in code', '`/mill stop`'],
    ['in a sentence', 'please say /mill stop'],
    ['below the first line', 'Hello\n/mill stop'],
    ['in a hidden comment', '<!-- x -->/mill stop'],
    ['as part of a longer word', '/millwright stop'],
    ['behind what draws nothing', '\u200B/mill stop'],
  ])('that has the words of one %s is none, but talk', (_where, body) => {
    expect(commented('created', saying({ body }))).toEqual(run({ kind: 'facts_given' }))
  })
})

describe('a command on a pull request', () => {
  const marker = pullMarker({ issue: 12, run: 'abcdef1234' })
  const pull = { ...ISSUE_PART, number: 30, pull_request: { url: 'https://example.com' }, user: APP }
  const said = (issue: object, body = '/mill stop'): Translation =>
    commented('created', saying({ body }, { issue }))

  it('is for the run whose marker is in the text of the pull request that a bot opened', () => {
    expect(said({ ...pull, body: `Fixes it.\n\n${marker}` })).toEqual(command({ place: 'pull', thread: 30 }))
  })

  it.each([
    ['has no marker', { ...pull, body: 'Fixes it.' }],
    ['has no text', { ...pull, body: null }],
    ['has a marker that a person wrote', { ...pull, body: marker, user: BOB }],
    ['has a marker and lost its author', { ...pull, body: marker, user: null }],
    ['has two markers', { ...pull, body: `${marker}\n${pullMarker({ issue: 13, run: 'abcdef1234' })}` }],
  ])('is for the pull request itself where that %s', (_what, issue) => {
    const itself = { issue: { repo: REPO, number: 30 }, place: 'pull', thread: 30 }
    expect(said(issue)).toEqual(command(itself))
  })

  it('is all that is heard in its conversation', () => {
    expect(said({ ...pull, body: marker }, 'Nice.')).toEqual({
      kind: 'nothing',
      why: 'on a pull request, reviews and commands are heard, and other talk is not',
    })
  })
})

describe("a comment that is not by a person's own hand", () => {
  const tricks: readonly (readonly [string, object])[] = [
    ['by a bot', saying({ user: APP }, { sender: APP })],
    ['sent by a bot as a person', saying({}, { sender: APP })],
    ["by a bot in a person's name", saying({ user: APP })],
    ['sent by one person for another', saying({}, { sender: BOB })],
    ['through an App', saying({ performed_via_github_app: { id: 1, slug: 'some-app' } })],
    ['by a deleted user', saying({ user: null })],
    ['by somebody without a type', saying({ user: BY }, { sender: BY })],
    ['by an organisation', saying({ user: { ...ALICE, type: 'Organization' } })],
  ]

  it.each(tricks)('%s is neither a command nor an answer', (_who, payload) => {
    const { comment } = payload as typeof COMMENTED
    for (const body of ['/mill stop', 'On Linux.', '<!-- millwright:state abc -->\n/mill stop'])
      expect(commented('created', { ...payload, comment: { ...comment, body } })).toEqual(NOT_BY_HAND)
  })

  it('without any sender is not read', () => {
    expect(commented('created', saying({}, { sender: null }))).toEqual({
      kind: 'unreadable',
      problem: 'sender: Invalid input: expected object, received null',
    })
  })

  it('by our App, with our marker and a command in it, is nothing', () => {
    const body = '/mill approve\n<!-- millwright:reply:501 -->'
    expect(commented('created', saying({ body, user: APP }, { sender: APP }))).toEqual(NOT_BY_HAND)
  })
})

describe('a comment that is changed', () => {
  it.each(['edited', 'deleted'])('is never a command: %s', (action) => {
    const body = '/mill approve'
    const changes = { body: { from: 'Hello' } }
    expect(commented(action, saying({ body }, { changes }))).toEqual({
      kind: 'nothing',
      why: 'only newly written comments are heard',
    })
  })

  it.each(['edited', 'deleted'])("may be our state where it is a bot's: %s", (action) => {
    expect(commented(action, saying({ user: APP }))).toEqual(run({ kind: 'comment_touched' }))
    expect(commented(action, saying({ user: APP, body: '/mill stop' }))).toEqual(
      run({ kind: 'comment_touched' }),
    )
  })

  it('is our own doing where a bot changed it, and holds no state on a pull request', () => {
    expect(commented('edited', saying({ user: APP }, { sender: APP }))).toEqual({
      kind: 'nothing',
      why: "a bot's comment was changed by a bot",
    })
    const issue = { ...ISSUE_PART, pull_request: {} }
    expect(commented('edited', saying({ user: APP }, { issue }))).toEqual({
      kind: 'nothing',
      why: 'no state is kept in comments on pull requests',
    })
  })
})
