import { describe, expect, it } from '@jest/globals'
import { translate } from '../../src/webhooks/translate.ts'
import type { Translation } from '../../src/webhooks/translation.ts'
import { T0 } from '../support/states.ts'
import { ALICE, APP, BY, ISSUE, ISSUE_PART, LABELLED } from './payloads.ts'

const issues = (action: string, payload: object): Translation =>
  translate('issues', { ...payload, action }, T0)

const REQUESTED = {
  kind: 'run_requested',
  at: T0,
  issue: ISSUE,
  requester: BY,
  labelledBy: 'person',
  label: 'millwright',
  text: {
    title: 'Short options lose text',
    body: 'What follows the second `=` is lost.',
    author: { id: 12, login: 'bob' },
  },
}

const run = (event: object): object => ({
  kind: 'incoming',
  incoming: [{ kind: 'run_event', issue: ISSUE, event: { at: T0, ...event } }],
})

describe('issues.labeled', () => {
  it('asks for a run, by whoever added the label, with the text as it was then', () => {
    expect(issues('labeled', LABELLED)).toEqual({ kind: 'incoming', incoming: [REQUESTED] })
  })

  it('asks for one in a fork too: an App that is installed there works there', () => {
    const repository = { ...LABELLED.repository, fork: true }
    expect(issues('labeled', { ...LABELLED, repository })).toEqual({
      kind: 'incoming',
      incoming: [REQUESTED],
    })
  })

  it.each([
    ['a bot', { ...LABELLED, sender: APP }],
    ['an organisation', { ...LABELLED, sender: { ...ALICE, type: 'Organization' } }],
    ['somebody without a type', { ...LABELLED, sender: BY }],
  ])('says of %s that it is no person', (_who, payload) => {
    expect(issues('labeled', payload)).toMatchObject({ incoming: [{ labelledBy: 'bot' }] })
  })

  it.each([
    ['in the second in which the issue was made', '2026-11-20T10:00:00Z', 'issue_form'],
    ['in the second after it', '2026-11-20T09:59:59Z', 'issue_form'],
    ['two seconds after it', '2026-11-20T09:59:58Z', 'issue_form'],
    ['three seconds after it', '2026-11-20T09:59:57Z', 'person'],
    ['a year after it', '2025-11-20T09:59:57Z', 'person'],
    ['before it, by a clock that is wrong', '2026-11-20T10:00:05Z', 'issue_form'],
  ])('takes a label that came %s for what it is', (_when, created, labelledBy) => {
    const issue = { ...ISSUE_PART, created_at: created }
    expect(issues('labeled', { ...LABELLED, issue })).toMatchObject({ incoming: [{ labelledBy }] })
  })

  it('names a bot as a bot even where the issue was just made', () => {
    const issue = { ...ISSUE_PART, created_at: ISSUE_PART.updated_at }
    expect(issues('labeled', { ...LABELLED, issue, sender: APP })).toMatchObject({
      incoming: [{ labelledBy: 'bot' }],
    })
  })

  it.each([
    ['no text', { ...ISSUE_PART, body: null }, { body: '' }],
    ['a deleted author', { ...ISSUE_PART, user: null }, { author: null }],
  ])('takes an issue with %s as it is', (_what, issue, text) => {
    expect(issues('labeled', { ...LABELLED, issue })).toMatchObject({ incoming: [{ text }] })
  })

  it('means nothing on a pull request, or where the label is gone already', () => {
    expect(issues('labeled', { ...LABELLED, issue: { ...ISSUE_PART, pull_request: {} } })).toEqual({
      kind: 'nothing',
      why: 'labels, texts and states of pull requests steer nothing',
    })
    expect(issues('labeled', { ...LABELLED, label: undefined })).toEqual({
      kind: 'nothing',
      why: 'the label does not exist any more',
    })
  })

  it.each<[string, object, string]>([
    ['no sender', { ...LABELLED, sender: null }, 'sender: Invalid input: expected object, received null'],
    [
      'a number for a name',
      { ...LABELLED, sender: { ...ALICE, login: 5 } },
      'sender.login: Invalid input: expected string, received number',
    ],
    [
      'no time at which the issue was made',
      { ...LABELLED, issue: { ...ISSUE_PART, created_at: undefined } },
      'issue.created_at: Invalid input: expected string, received undefined',
    ],
    [
      'an issue number that is none',
      { ...LABELLED, issue: { ...ISSUE_PART, number: 0 } },
      'issue.number: Too small: expected number to be >0',
    ],
    ['nothing at all', {}, 'repository: Invalid input: expected object, received undefined'],
  ])('is unreadable with %s', (_what, payload, problem) => {
    expect(issues('labeled', payload)).toEqual({ kind: 'unreadable', problem })
  })
})

describe('what pauses or ends a run', () => {
  it('is a label that is taken off, by a person or a bot', () => {
    const removed = { kind: 'label_removed', by: BY, label: 'millwright' }
    expect(issues('unlabeled', LABELLED)).toEqual(run(removed))
    const byApp = { ...removed, by: { id: 99, login: 'millwright[bot]' } }
    expect(issues('unlabeled', { ...LABELLED, sender: APP })).toEqual(run(byApp))
    expect(issues('unlabeled', { ...LABELLED, label: undefined }).kind).toBe('nothing')
  })

  it.each([
    ['closed', 'issue_closed'],
    ['deleted', 'issue_deleted'],
    ['transferred', 'issue_moved'],
  ])('is an issue that is %s', (action, kind) => {
    expect(issues(action, LABELLED)).toEqual(run({ kind, by: BY }))
    expect(issues(action, { ...LABELLED, sender: null })).toEqual(run({ kind, by: null }))
  })

  it('is an issue that is locked', () => {
    expect(issues('locked', LABELLED)).toEqual(run({ kind: 'issue_locked', by: BY }))
  })

  it.each([
    ['title', { title: { from: 'Short options' } }],
    ['text', { body: { from: '' } }],
    ['title and text', { title: { from: 'Short options' }, body: { from: '' } }],
  ])('is another %s', (_what, changes) => {
    const { text } = REQUESTED
    expect(issues('edited', { ...LABELLED, changes })).toEqual({
      kind: 'incoming',
      incoming: [{ kind: 'text_edited', at: T0, issue: ISSUE, by: BY, text }],
    })
  })

  it('is not an edit of anything else', () => {
    expect(issues('edited', { ...LABELLED, changes: {} })).toEqual({
      kind: 'nothing',
      why: 'neither title nor text was changed',
    })
  })

  it.each(['unlabeled', 'edited', 'closed', 'deleted', 'transferred', 'locked'])(
    'is nothing on a pull request: %s',
    (action) => {
      const changes = { title: { from: 'x' } }
      const issue = { ...ISSUE_PART, pull_request: { url: 'https://example.com' } }
      expect(issues(action, { ...LABELLED, changes, issue })).toEqual({
        kind: 'nothing',
        why: 'labels, texts and states of pull requests steer nothing',
      })
    },
  )

  it.each(['constructor', '__proto__', 'toString', '', 'typed'])(
    'is not an action that nobody knows: %s',
    (action) => {
      expect(issues(action, LABELLED)).toEqual({
        kind: 'nothing',
        why: 'this action changes nothing for a run',
      })
    },
  )
})
