/** Who labelled an issue and whether its text is still the same, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import type { Labelling } from '../../../src/ports/app-forge.ts'
import { createForge, github, GONE, guardNetwork, ISSUE, NO_ACCESS, PATH, REPO } from './github-bench.ts'

guardNetwork()

const OPENED = '2026-11-20T10:00:00Z'
const LABELLED = '2026-11-21T10:00:00Z'
const PERSON = { login: 'octocat', id: 1, type: 'User' }

/** An event as GitHub answers it. */
function event(kind: string, over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 1,
    event: kind,
    actor: PERSON,
    commit_id: null,
    created_at: LABELLED,
    performed_via_github_app: null,
    ...(kind.endsWith('labeled') && { label: { name: 'millwright', color: 'ededed' } }),
    ...over,
  }
}

interface Seen {
  readonly events?: readonly Record<string, unknown>[]
  readonly edited?: string | null
  readonly opened?: string
}

function issueIsThere(opened = OPENED): void {
  github()
    .get(`${PATH}/issues/1347`)
    .reply(200, { number: 1347, node_id: 'I_1', created_at: opened, labels: [] })
}

function eventPage(page: number, events: readonly Record<string, unknown>[], last?: number): void {
  const link = last && { link: `<https://api.github.com/x?per_page=100&page=${last}>; rel="last"` }
  github()
    .get(`${PATH}/issues/1347/events`)
    .query({ per_page: 100, page })
    .reply(200, [...events], { ...link })
}

function lastEdit(body: object): void {
  github()
    .post('/graphql', ({ variables }: { variables: unknown }) => JSON.stringify(variables) === '{"id":"I_1"}')
    .reply(200, body)
}

const look = (): Promise<Labelling | undefined> => createForge().issues.labelling(ISSUE, 'millwright')

async function seen({ events = [event('labeled')], edited, opened }: Seen): Promise<Labelling | undefined> {
  issueIsThere(opened)
  eventPage(1, events)
  if (edited !== undefined) lastEdit({ data: { node: { lastEditedAt: edited } } })
  return look()
}

const BY_A_PERSON = { by: { id: 1, login: 'octocat' }, labeller: 'person', at: LABELLED, editedSince: false }

describe('a labelling', () => {
  it('is by who put the label on last', async () => {
    const events = [
      event('labeled', { actor: { login: 'hubot', id: 2, type: 'User' }, created_at: OPENED }),
      event('unlabeled', { created_at: OPENED }),
      event('labeled'),
      event('labeled', { label: { name: 'bug' }, actor: { login: 'hubot', id: 2, type: 'User' } }),
      event('closed'),
    ]
    expect(await seen({ events, edited: null })).toEqual(BY_A_PERSON)
  })

  it('is found under another case of its name', async () => {
    const events = [event('labeled', { label: { name: 'Millwright' } })]
    expect(await seen({ events, edited: null })).toEqual(BY_A_PERSON)
  })

  it.each([
    ['was taken off again', [event('labeled'), event('unlabeled')]],
    ['was never put on', [event('labeled', { label: { name: 'bug' } })]],
  ])('is none where the label %s', async (_what, events) => {
    expect(await seen({ events })).toBeUndefined()
  })

  it('is none where the issue is gone', async () => {
    github().get(`${PATH}/issues/1347`).reply(410, GONE)
    expect(await look()).toBeUndefined()
  })

  it('is none where the issue was moved elsewhere', async () => {
    github().get(`${PATH}/issues/1347`).reply(200, { number: 3, node_id: 'I_1', created_at: OPENED })
    expect(await look()).toBeUndefined()
  })

  it.each([
    ['a bot', { login: 'ci[bot]', id: 9, type: 'Bot' }, { id: 9, login: 'ci[bot]' }],
    ['an organization', { login: 'acme', id: 8, type: 'Organization' }, { id: 8, login: 'acme' }],
    ['an account without a type', { login: 'who', id: 7 }, { id: 7, login: 'who' }],
    ['a deleted account', null, null],
  ])('by %s is by no person', async (_who, actor, by) => {
    const found = await seen({ events: [event('labeled', { actor })], edited: null })
    expect(found).toEqual({ ...BY_A_PERSON, by, labeller: 'bot' })
  })

  it.each([
    ['two seconds', '2026-11-21T09:59:58Z', 'issue_form'],
    ['three seconds', '2026-11-21T09:59:57Z', 'person'],
  ])('%s after the issue was opened is by: %s, %s', async (_time, opened, labeller) => {
    expect(await seen({ edited: null, opened })).toEqual({ ...BY_A_PERSON, labeller })
  })

  it('is read from the last page backwards', async () => {
    issueIsThere()
    const noise = Array.from({ length: 100 }, () => event('assigned'))
    eventPage(1, [event('labeled', { created_at: OPENED }), ...noise.slice(1)], 30)
    eventPage(30, [event('assigned')])
    eventPage(29, [event('labeled'), ...noise.slice(1)])
    lastEdit({ data: { node: { lastEditedAt: null } } })
    expect(await look()).toEqual(BY_A_PERSON)
  })
})

describe('a text', () => {
  it.each([
    ['edited before the label', '2026-11-21T09:59:59Z', false],
    ['edited in the second of the label', LABELLED, true],
    ['edited after the label', '2026-11-21T10:00:01Z', true],
  ])('%s: changed since is %s, %s', async (_when, edited, editedSince) => {
    expect(await seen({ edited })).toEqual({ ...BY_A_PERSON, editedSince })
  })

  it('under another title since the label is changed, and one renamed before is not', async () => {
    const renamed = event('renamed', { rename: { from: 'a', to: 'b' } })
    expect((await seen({ events: [event('labeled'), renamed] }))?.editedSince).toBe(true)
    expect((await seen({ events: [renamed, event('labeled')], edited: null }))?.editedSince).toBe(false)
  })

  it.each([
    [
      'refuses',
      { data: { node: null }, errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible' }] },
    ],
    ['knows no such issue', { data: { node: null } }],
    ['does not say', { data: { node: {} } }],
  ])('counts as changed where GraphQL %s', async (_what, body) => {
    issueIsThere()
    eventPage(1, [event('labeled')])
    lastEdit(body)
    expect(await look()).toEqual({ ...BY_A_PERSON, editedSince: true })
  })

  it('is asked for again later where GraphQL is in trouble', async () => {
    issueIsThere()
    eventPage(1, [event('labeled')])
    lastEdit({ data: null, errors: [{ message: 'Something went wrong while executing your query.' }] })
    await expect(look()).rejects.toMatchObject({
      name: 'RetryableError',
      message: "GitHub's GraphQL had trouble to see whether octocat/Hello-World#1347 was edited.",
    })
  })

  it('of which the events may not be read is refused in a sentence', async () => {
    issueIsThere()
    github().get(`${PATH}/issues/1347/events`).query(true).reply(403, NO_ACCESS)
    await expect(look()).rejects.toMatchObject({
      name: 'UserError',
      message: `GitHub refused to read what was done to ${REPO.owner}/${REPO.name}#1347 (403). It takes the permission "Issues: read" on this repository, and the repository must not be archived. GitHub says: Resource not accessible by integration`,
    })
  })
})
