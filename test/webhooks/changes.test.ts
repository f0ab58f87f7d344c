import { describe, expect, it } from '@jest/globals'
import { EVENT_NAMES, translate } from '../../src/webhooks/translate.ts'
import type { Translation } from '../../src/webhooks/translation.ts'
import { T0 } from '../support/states.ts'
import { APP, ISSUE, OUR_BRANCH, PULL, REPO, REPOSITORY } from './payloads.ts'

const sent = (event: string, payload: object): Translation => translate(event, { ...payload }, T0)
const touched = (pull: number | undefined, issue = ISSUE): object => ({
  kind: 'incoming',
  incoming: [{ kind: 'pull_touched', issue, pull }],
})
const nothing = (why: string): object => ({ kind: 'nothing', why })

const NOT_OURS = nothing('the branch is not one of ours')
const OF_FORK = nothing("a fork's branch is nobody's")

/** Every event about a pull request itself, with an action that counts. */
const PULL_EVENTS: readonly (readonly [string, string])[] = [
  ['pull_request', 'closed'],
  ['pull_request', 'reopened'],
  ['pull_request', 'synchronize'],
  ['pull_request', 'ready_for_review'],
  ['pull_request', 'converted_to_draft'],
  ['pull_request_review', 'submitted'],
  ['pull_request_review', 'edited'],
  ['pull_request_review', 'dismissed'],
  ['pull_request_review_comment', 'created'],
  ['pull_request_review_comment', 'edited'],
  ['pull_request_review_comment', 'deleted'],
  ['pull_request_review_thread', 'resolved'],
  ['pull_request_review_thread', 'unresolved'],
]

describe('a pull request', () => {
  it.each(PULL_EVENTS)('is looked at for the issue that its branch names: %s.%s', (event, action) => {
    expect(sent(event, { ...PULL, action })).toEqual(touched(30))
  })

  it.each(PULL_EVENTS)('is nothing to us from a fork or from another branch: %s.%s', (event, action) => {
    const from = (head: object): Translation =>
      sent(event, { ...PULL, action, pull_request: { number: 30, head } })
    expect(from({ ref: OUR_BRANCH, repo: { id: 8 } })).toEqual(OF_FORK)
    expect(from({ ref: OUR_BRANCH, repo: null })).toEqual(OF_FORK)
    expect(from({ ref: 'feature', repo: { id: 7 } })).toEqual(NOT_OURS)
    expect(from({ ref: 'millwright/0-x', repo: { id: 7 } })).toEqual(NOT_OURS)
    expect(from({ ref: 'millwright/../12-x', repo: { id: 7 } })).toEqual(NOT_OURS)
  })

  it('that a bot closes is closed; what a bot says about it is not heard', () => {
    const byBot = { ...PULL, sender: APP }
    expect(sent('pull_request', { ...byBot, action: 'closed' })).toEqual(touched(30))
    for (const [event, action] of PULL_EVENTS.filter(([name]) => name !== 'pull_request'))
      expect(sent(event, { ...byBot, action })).toEqual(nothing('what bots say about a change is not heard'))
  })

  it('that is edited counts where it goes to another base', () => {
    const edited = (changes: object): Translation =>
      sent('pull_request', { ...PULL, action: 'edited', changes })
    expect(edited({ base: { ref: { from: 'main' } } })).toEqual(touched(30))
    expect(edited({ title: { from: 'x' }, body: { from: 'y' } })).toEqual(
      nothing('its title and text decide nothing'),
    )
  })

  it('is steered by no label', () => {
    for (const action of ['labeled', 'unlabeled'])
      expect(sent('pull_request', { ...PULL, action })).toEqual(
        nothing('this action changes nothing for a run'),
      )
  })
})

describe('a check that ended', () => {
  const listed = [{ number: 30, head: { ref: OUR_BRANCH, repo: { id: 7 } } }]
  const run = (its: object): Translation =>
    sent('check_run', {
      action: 'completed',
      repository: REPOSITORY,
      check_run: { name: 'ci', check_suite: { head_branch: OUR_BRANCH }, pull_requests: listed, ...its },
    })
  const workflow = (its: object): Translation =>
    sent('workflow_run', {
      action: 'completed',
      repository: REPOSITORY,
      workflow_run: {
        head_branch: OUR_BRANCH,
        head_repository: { id: 7 },
        pull_requests: listed,
        ...its,
      },
    })

  it.each([
    ['check_run', run],
    ['workflow_run', workflow],
  ])('is looked at by its branch, with the pull request where GitHub names one: %s', (_event, ended) => {
    expect(ended({})).toEqual(touched(30))
    expect(ended({ pull_requests: [] })).toEqual(touched(undefined))
    expect(ended({ pull_requests: null })).toEqual(touched(undefined))
    const foreign = [{ number: 31, head: { ref: OUR_BRANCH, repo: { id: 8 } } }]
    expect(ended({ pull_requests: foreign })).toEqual(touched(undefined))
    const other = [{ number: 31, head: { ref: 'feature', repo: { id: 7 } } }]
    expect(ended({ pull_requests: other })).toEqual(touched(undefined))
  })

  it('is nothing without a branch, as from forks, or on another branch', () => {
    expect(run({ check_suite: { head_branch: null } })).toEqual(NOT_OURS)
    expect(run({ check_suite: null })).toEqual(NOT_OURS)
    expect(run({ check_suite: { head_branch: 'main' } })).toEqual(NOT_OURS)
    expect(workflow({ head_branch: null })).toEqual(NOT_OURS)
    expect(workflow({ head_repository: { id: 8 } })).toEqual(OF_FORK)
    expect(workflow({ head_repository: null })).toEqual(OF_FORK)
  })

  it('is nothing where it is our own', () => {
    expect(run({ name: 'millwright' })).toEqual(nothing('the check is our own'))
  })
})

describe('status', () => {
  const status = (its: object): Translation =>
    sent('status', {
      repository: REPOSITORY,
      state: 'success',
      context: 'ci/outside',
      branches: [{ name: OUR_BRANCH }],
      ...its,
    })

  it.each(['success', 'failure', 'error'])('%s is looked at', (state) => {
    expect(status({ state })).toEqual(touched(undefined))
  })

  it('on branches of two issues is looked at for both, and once for each', () => {
    const names = ['main', OUR_BRANCH, 'millwright/13-other-cd34', 'millwright/12-again-ef56']
    const pulls = [12, 13].map((number) => ({
      kind: 'pull_touched',
      issue: { repo: REPO, number },
      pull: undefined,
    }))
    expect(status({ branches: names.map((name) => ({ name })) })).toEqual({
      kind: 'incoming',
      incoming: pulls,
    })
  })

  it('is nothing while it is pending, where it is our own, or elsewhere', () => {
    expect(status({ state: 'pending' })).toEqual(nothing('a check that has only begun decides nothing yet'))
    expect(status({ context: 'millwright' })).toEqual(nothing('the status is our own'))
    expect(status({ branches: [{ name: 'main' }] })).toEqual(NOT_OURS)
    expect(status({ branches: [] })).toEqual(NOT_OURS)
  })
})

describe('push', () => {
  const push = (its: object): Translation =>
    sent('push', { repository: REPOSITORY, ref: 'refs/heads/main', deleted: false, ...its })
  const moved = (branch: string): object => ({
    kind: 'incoming',
    incoming: [{ kind: 'branch_pushed', repo: REPO, branch }],
  })

  it('to a branch concerns whoever has it as base', () => {
    expect(push({})).toEqual(moved('main'))
    expect(push({ ref: 'refs/heads/release/1.x' })).toEqual(moved('release/1.x'))
  })

  it.each([
    ['a tag', { ref: 'refs/tags/v1' }, 'tags are not built upon'],
    ['a deletion', { deleted: true }, 'a branch that is gone cannot be taken in'],
    [
      'a branch of ours',
      { ref: `refs/heads/${OUR_BRANCH}` },
      "of our own branches the pull request's events tell",
    ],
  ])('of %s is nothing', (_what, its, why) => {
    expect(push(its)).toEqual(nothing(why))
  })
})

describe('access', () => {
  const listed = { id: 7, name: 'tool', full_name: 'acme/tool', private: true }
  const lost = (...repos: readonly object[]): object => ({
    kind: 'incoming',
    incoming: [{ kind: 'access_lost', repos }],
  })

  it.each(['deleted', 'suspend'])('is lost where the installation ends: %s', (action) => {
    const more = { id: 8, name: 'other', full_name: 'acme/other' }
    expect(sent('installation', { action, repositories: [listed, more] })).toEqual(
      lost(REPO, { id: 8, owner: 'acme', name: 'other' }),
    )
    for (const repositories of [[], undefined])
      expect(sent('installation', { action, repositories })).toEqual(
        nothing('it names no repositories; a run there is refused at its next request and says so'),
      )
  })

  it('is lost where the App is taken off a repository, or that is deleted', () => {
    expect(sent('installation_repositories', { action: 'removed', repositories_removed: [listed] })).toEqual(
      lost(REPO),
    )
    expect(sent('repository', { action: 'deleted', repository: REPOSITORY })).toEqual(lost(REPO))
    expect(sent('installation_repositories', { action: 'removed', repositories_removed: [] })).toEqual(
      nothing('it names no repositories'),
    )
  })

  it('is unreadable where a repository has no owner in its name', () => {
    expect(
      sent('installation', { action: 'deleted', repositories: [{ ...listed, full_name: 'tool' }] }).kind,
    ).toBe('unreadable')
  })

  it.each([
    ['renamed', "runs go by the repository's number, which stays, and GitHub forwards the old name"],
    ['transferred', "runs go by the repository's number, which stays, and GitHub forwards the old name"],
    ['archived', 'the next write is refused, and the run says so then'],
    ['unarchived', 'a run that was held is taken up again by a command'],
    ['privatized', 'what the App may do stays the same; where drafts are not to be had, publishing says so'],
  ])('stays where the repository is %s', (action, why) => {
    expect(sent('repository', { action, repository: REPOSITORY })).toEqual(nothing(why))
  })
})

describe('whatever comes', () => {
  const odd = [null, [], 'text', 5, { id: 'seven' }, { number: -1 }, { login: '' }]

  it.each(EVENT_NAMES)('%s is translated, is nothing or is unreadable, and never throws', (event) => {
    const actions = ['completed', 'created', 'labeled', 'closed', 'deleted', 'submitted', 'resolved', 7, null]
    for (const action of actions) {
      for (const value of odd) {
        const payload = {
          action,
          repository: value,
          sender: value,
          issue: value,
          comment: value,
          pull_request: value,
          check_run: value,
          repositories: value,
        }
        expect(['nothing', 'unreadable']).toContain(sent(event, payload).kind)
      }
      expect(['nothing', 'unreadable']).toContain(sent(event, { action }).kind)
    }
  })

  it('an event that nobody knows is nothing', () => {
    for (const event of ['ping', 'star', '__proto__', 'constructor', ''])
      expect(sent(event, { action: 'created' })).toEqual(nothing('this event means nothing to a run'))
  })
})
