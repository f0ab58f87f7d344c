/** GitHub's side of the adapter tests: nock in its place, and the bodies that its documentation shows. */
import { afterAll, afterEach, beforeEach } from '@jest/globals'
import { Octokit } from '@octokit/rest'
import nock from 'nock'
import { createGithubForge } from '../../../src/adapters/github/github-forge.ts'
import type { GithubForge } from '../../../src/adapters/github/github-forge.ts'
import type { GithubClient, Identity } from '../../../src/adapters/github/github-client.ts'
import type { IssueRef, RepoRef } from '../../../src/core/ids.ts'

export const REPO: RepoRef = { id: 1296269, owner: 'octocat', name: 'Hello-World' }
export const ISSUE: IssueRef = { repo: REPO, number: 1347 }
const IDENTITY: Identity = { appId: 777, userId: 4242, login: 'mill[bot]' }
/** As whom a person's token acts. */
export const PERSON: Identity = { appId: undefined, userId: 1, login: 'octocat' }
export const PATH = '/repos/octocat/Hello-World'

const DOCS = 'https://docs.github.com/rest'

/** GitHub's error bodies, as documented. */
export const NOT_FOUND = { message: 'Not Found', documentation_url: DOCS, status: '404' }
export const NO_ACCESS = {
  message: 'Resource not accessible by integration',
  documentation_url: `${DOCS}/issues/comments#create-an-issue-comment`,
  status: '403',
}
export const NO_TOKEN_ACCESS = {
  message: 'Resource not accessible by personal access token',
  documentation_url: `${DOCS}/issues/comments#create-an-issue-comment`,
  status: '403',
}
export const GONE = {
  message: 'This issue was deleted',
  documentation_url: `${DOCS}/issues/issues#get-an-issue`,
  status: '410',
}
export const INVALID = {
  message: 'Validation Failed',
  errors: [
    { resource: 'Label', field: 'name', code: 'too_long' },
    { resource: 'Label', code: 'custom', message: 'name is reserved' },
    'and a plain string',
  ],
  documentation_url: `${DOCS}/overview/resources-in-the-rest-api#client-errors`,
  status: '422',
}
export const BLOCKED = {
  message: 'Repository access blocked',
  block: { reason: 'dmca', created_at: '2011-01-26T19:01:12Z', html_url: 'https://github.com/github/dmca' },
}
/** What GitHub's front door answers when nothing behind it does. */
export const UNICORN = '<!DOCTYPE html><html><title>Unicorn! &middot; GitHub</title></html>'
export const SECONDARY_LIMIT = {
  message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  documentation_url: `${DOCS}/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits`,
}
export const BAD_CREDENTIALS = { message: 'Bad credentials', documentation_url: DOCS, status: '401' }
export const NO_DRAFTS = {
  message: 'Draft pull requests are not supported in this repository.',
  documentation_url: `${DOCS}/pulls/pulls#create-a-pull-request`,
  status: '422',
}
export const PULL_EXISTS = {
  message: 'Validation Failed',
  errors: [
    {
      resource: 'PullRequest',
      code: 'custom',
      message: 'A pull request already exists for octocat:mill/1347.',
    },
  ],
  documentation_url: `${DOCS}/pulls/pulls#create-a-pull-request`,
  status: '422',
}
export const NOT_FAST_FORWARD = {
  message: 'Update is not a fast forward',
  documentation_url: `${DOCS}/git/refs#update-a-reference`,
  status: '422',
}

/** An Octokit as an installation's, without waits between writes: the throttling plugin is Probot's matter. */
export function createClient(): GithubClient {
  return new Octokit({ auth: 'installation-token', log: { debug() {}, info() {}, warn() {}, error() {} } })
}

export function createForge(client: GithubClient = createClient(), identity = IDENTITY): GithubForge {
  return createGithubForge({
    clientOf: () => Promise.resolve(client),
    identity,
    git: { remote: () => Promise.reject(new Error('not part of this test')) },
  })
}

export function github(): nock.Scope {
  return nock('https://api.github.com', { reqheaders: { authorization: 'token installation-token' } })
}

/** A comment as GitHub answers it. */
export function rawComment(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 1,
    node_id: 'IC_1',
    html_url: 'https://github.com/octocat/Hello-World/issues/1347#issuecomment-1',
    body: 'Me too',
    user: { login: 'octocat', id: 1 },
    created_at: '2011-04-14T16:00:49Z',
    updated_at: '2011-04-14T16:00:49Z',
    performed_via_github_app: null,
    ...over,
  }
}

/** No test may reach the network, and none may leave an expected call unmade. */
export function guardNetwork(): void {
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    const pending = nock.pendingMocks()
    nock.cleanAll()
    nock.enableNetConnect()
    if (pending.length > 0) throw new Error(`expected calls that were not made: ${pending.join(', ')}`)
  })
  // nock patches Node's own sockets, which all test files of one jest worker share: left there, the next file's nock
  // stands on top of it, and every call is answered twice.
  afterAll(() => nock.restore())
}
