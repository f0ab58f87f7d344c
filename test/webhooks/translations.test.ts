import { createRequire } from 'node:module'
import { describe, expect, it } from '@jest/globals'
import { issueClosed } from '../../src/webhooks/issue-closed.ts'
import { issueCommentChanged, issueCommentCreated } from '../../src/webhooks/issue-comment.ts'
import { issueLabeled } from '../../src/webhooks/issue-labeled.ts'
import { issueUnlabeled } from '../../src/webhooks/issue-unlabeled.ts'
import type { IssuePayload, Translation } from '../../src/webhooks/translation.ts'
import { T0 } from '../support/states.ts'

interface Examples {
  readonly name: string
  readonly examples: readonly { readonly action?: string }[]
}
// The package's types describe its CommonJS form, so it is loaded as such.
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Examples[]

type Labelled = IssuePayload & { label?: { name: string } }

/** GitHub's own example payloads of an event with this action. */
function payloads(action: string, name = 'issues'): Labelled[] {
  const issues = examples.find((event) => event.name === name)
  const found = (issues?.examples ?? []).filter((example) => example.action === action)
  expect(found.length).toBeGreaterThan(0)
  return found as unknown as Labelled[]
}

const REPO = { id: 186853002, owner: 'Codertocat', name: 'Hello-World' }

describe('issues.labeled', () => {
  const [example] = payloads('labeled')
  if (!example) throw new Error('no example')

  it('asks for a run, by the person who added the label', () => {
    expect(issueLabeled(example, T0)).toEqual({
      kind: 'run_requested',
      at: T0,
      issue: { repo: REPO, number: example.issue.number },
      requester: { id: example.sender.id, login: example.sender.login },
      label: example.label?.name,
    })
  })

  it.each([
    ['a bot', { ...example, sender: { ...example.sender, type: 'Bot' } }],
    ['an organisation', { ...example, sender: { ...example.sender, type: 'Organization' } }],
    ['somebody without a type', { ...example, sender: { id: 1, login: 'x' } }],
    ['a pull request', { ...example, issue: { ...example.issue, pull_request: {} } }],
    ['a delivery without a label', { ...example, label: undefined }],
  ])('does nothing for %s', (_who, payload) => {
    expect(issueLabeled(payload, T0)).toBeUndefined()
  })
})

describe('what ends a run', () => {
  it.each(payloads('unlabeled').map((payload) => [payload.label?.name ?? 'no label', payload] as const))(
    'names the label that was taken off (%s)',
    (_name, payload) => {
      const event = payload.label
        ? {
            kind: 'label_removed',
            at: T0,
            by: { id: payload.sender.id, login: payload.sender.login },
            label: payload.label.name,
          }
        : undefined
      const wanted: Translation = event
        ? ({ kind: 'run_event', issue: { repo: REPO, number: payload.issue.number }, event } as Translation)
        : undefined
      expect(issueUnlabeled(payload, T0)).toEqual(wanted)
    },
  )

  it.each(['deleted', 'transferred'])('is an issue that is %s', (action) => {
    for (const payload of payloads(action)) {
      expect(issueClosed(payload, T0)).toMatchObject({
        kind: 'run_event',
        event: { kind: 'issue_closed', at: T0 },
      })
    }
  })

  it('takes a bot that removes the label as seriously as a person', () => {
    const [payload] = payloads('unlabeled').filter((one) => one.label)
    if (!payload) throw new Error('no example with a label')
    expect(issueUnlabeled({ ...payload, sender: { ...payload.sender, type: 'Bot' } }, T0)).toBeDefined()
  })
})

describe('issue_comment', () => {
  it.each(payloads('created', 'issue_comment').map((payload) => [payload.sender.type, payload] as const))(
    'by a %s is an answer only when a person wrote it on an issue',
    (type, payload) => {
      const wanted =
        type === 'User' && payload.issue.pull_request === undefined
          ? {
              kind: 'run_event',
              event: { kind: 'facts_given', by: { id: payload.sender.id, login: payload.sender.login } },
            }
          : undefined
      if (wanted) expect(issueCommentCreated(payload, T0)).toMatchObject(wanted)
      else expect(issueCommentCreated(payload, T0)).toBeUndefined()
    },
  )

  it.each(['edited', 'deleted'])("%s matters only where the comment is a bot's", (action) => {
    for (const payload of payloads(action, 'issue_comment')) {
      const ofBot = {
        ...payload,
        sender: { ...payload.sender, type: 'User' },
        comment: { user: { type: 'Bot' } },
      }
      expect(issueCommentChanged(ofBot, T0)).toMatchObject({ event: { kind: 'comment_touched' } })
      expect(issueCommentChanged({ ...ofBot, comment: { user: { type: 'User' } } }, T0)).toBeUndefined()
      expect(issueCommentChanged({ ...ofBot, sender: { ...ofBot.sender, type: 'Bot' } }, T0)).toBeUndefined()
    }
  })
})
