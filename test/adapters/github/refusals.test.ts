/** Every way in which GitHub refuses, on every call of the newer routes: the whole sentence that people read. */
import { describe, expect, it } from '@jest/globals'
import type nock from 'nock'
import type { GithubForge } from '../../../src/adapters/github/github-forge.ts'
import {
  BAD_CREDENTIALS,
  BLOCKED,
  createClient,
  createForge,
  github,
  GONE,
  guardNetwork,
  INVALID,
  ISSUE,
  NO_ACCESS,
  NO_TOKEN_ACCESS,
  NOT_FOUND,
  PATH,
  PERSON,
  REPO,
  SECONDARY_LIMIT,
  UNICORN,
} from './github-bench.ts'

guardNetwork()

const HEAD = '4'.repeat(40)
const MARKER = '<!-- m -->'

interface Route {
  readonly name: string
  readonly call: (forge: GithubForge) => Promise<unknown>
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly doing: string
  readonly needs: string
  /** Where these are answers of normal life. */
  readonly except?: readonly number[]
  /** What is asked before, and answered. */
  readonly before?: () => void
}

const route = (name: string, rest: Omit<Route, 'name'>): Route => ({ name, ...rest })

const noConversation = (): void => {
  github().get(`${PATH}/issues/9/comments`).query({ per_page: 100, page: 1 }).reply(200, [])
}

const ROUTES: readonly Route[] = [
  route('reactToComment', {
    call: (forge) => forge.issues.reactToComment(REPO, 7, 'eyes'),
    method: 'POST',
    path: `${PATH}/issues/comments/7/reactions`,
    doing: 'react to comment 7 in octocat/Hello-World',
    needs: 'Issues: write',
  }),
  route('addLabel', {
    call: (forge) => forge.issues.addLabel(ISSUE, 'bug'),
    method: 'POST',
    path: `${PATH}/issues/1347/labels`,
    doing: 'label octocat/Hello-World#1347',
    needs: 'Issues: write',
  }),
  route('openWork', {
    call: (forge) => forge.issues.openWork(REPO),
    method: 'GET',
    path: `${PATH}/issues`,
    doing: 'list what is open in octocat/Hello-World',
    needs: 'Issues: read',
  }),
  route('changedSince', {
    call: (forge) => forge.issues.changedSince(REPO, '2026-11-21T10:00:00Z'),
    method: 'GET',
    path: `${PATH}/issues`,
    doing: 'list the issues of octocat/Hello-World',
    needs: 'Issues: read',
    except: [404, 410],
  }),
  route('labelled', {
    call: (forge) => forge.issues.labelled(REPO, 'millwright'),
    method: 'GET',
    path: `${PATH}/issues`,
    doing: 'list the issues of octocat/Hello-World',
    needs: 'Issues: read',
  }),
  route('labelling', {
    call: (forge) => forge.issues.labelling(ISSUE, 'millwright'),
    method: 'GET',
    path: `${PATH}/issues/1347`,
    doing: 'read octocat/Hello-World#1347',
    needs: 'Issues: read',
    except: [404, 410],
  }),
  route('blockers', {
    call: (forge) => forge.issues.blockers(ISSUE),
    method: 'GET',
    path: `${PATH}/issues/1347/dependencies/blocked_by`,
    doing: 'see what blocks octocat/Hello-World#1347',
    needs: 'Issues: read',
    except: [404, 410],
  }),
  route('pull', {
    call: (forge) => forge.pulls.pull(REPO, 9),
    method: 'GET',
    path: `${PATH}/pulls/9`,
    doing: 'read pull request octocat/Hello-World#9',
    needs: 'Pull requests: read',
    except: [404, 410],
  }),
  route('describe', {
    call: (forge) => forge.pulls.describe(REPO, 9, { title: 'T', body: 'B' }),
    method: 'GET',
    path: `${PATH}/pulls/9`,
    doing: 'read pull request octocat/Hello-World#9',
    needs: 'Pull requests: read',
  }),
  route('remarks', {
    call: (forge) => forge.pulls.remarks(REPO, 9),
    method: 'GET',
    path: `${PATH}/pulls/9/reviews`,
    doing: 'read the reviews of octocat/Hello-World#9',
    needs: 'Pull requests: read',
    except: [404, 410],
  }),
  route('remarks, threads', {
    call: (forge) => forge.pulls.remarks(REPO, 9),
    before: () => void github().get(`${PATH}/pulls/9/reviews`).query(true).reply(200, []),
    method: 'POST',
    path: '/graphql',
    doing: 'read the review threads of octocat/Hello-World#9',
    needs: 'Pull requests: read',
  }),
  route('answer in a thread', {
    call: (forge) =>
      forge.pulls.answer(REPO, 9, { remark: { id: 7, kind: 'thread' }, body: MARKER, marker: MARKER }),
    before: () => void github().get(`${PATH}/pulls/9/comments`).query(true).reply(200, []),
    method: 'POST',
    path: `${PATH}/pulls/9/comments/7/replies`,
    doing: 'reply in a thread of octocat/Hello-World#9',
    needs: 'Pull requests: write',
  }),
  route('answer to a review', {
    call: (forge) =>
      forge.pulls.answer(REPO, 9, { remark: { id: 80, kind: 'review' }, body: MARKER, marker: MARKER }),
    before: noConversation,
    method: 'GET',
    path: `${PATH}/pulls/9/reviews/80`,
    doing: 'read a review of octocat/Hello-World#9',
    needs: 'Pull requests: read',
  }),
  route('checks', {
    call: (forge) => forge.pulls.checks(REPO, HEAD),
    method: 'GET',
    path: `${PATH}/commits/${HEAD}/check-runs`,
    doing: 'read the checks of octocat/Hello-World',
    needs: 'Checks: read',
  }),
  route('statuses', {
    call: (forge) => forge.pulls.checks(REPO, HEAD),
    before: () =>
      void github()
        .get(`${PATH}/commits/${HEAD}/check-runs`)
        .query(true)
        .reply(200, { total_count: 0, check_runs: [] }),
    method: 'GET',
    path: `${PATH}/commits/${HEAD}/status`,
    doing: 'read the statuses of octocat/Hello-World',
    needs: 'Commit statuses: read',
  }),
  route('baseRules', {
    call: (forge) => forge.pulls.baseRules(REPO, 'main'),
    method: 'GET',
    path: `${PATH}/branches/main/protection`,
    doing: 'read the protection of `main` in octocat/Hello-World',
    needs: 'Administration: read',
    except: [403, 404, 410],
  }),
  route('a new branch', {
    call: (forge) =>
      forge.pulls.commit(REPO, { branch: 'b', parent: HEAD, tree: HEAD, message: 'm', files: [] }),
    before: () => {
      github().get(`${PATH}/git/ref/heads%2Fb`).reply(404, NOT_FOUND)
      github()
        .get(`${PATH}/git/commits/${HEAD}`)
        .reply(200, { tree: { sha: HEAD }, message: 'm' })
    },
    method: 'POST',
    path: `${PATH}/git/trees`,
    doing: 'write a commit to octocat/Hello-World',
    needs: 'Contents: write',
    except: [422],
  }),
]

const refused = async (
  { call, method, path, before }: Route,
  answer: { status: number; body: unknown; headers?: Record<string, string> },
  forge: GithubForge = createForge(),
): Promise<unknown> => {
  before?.()
  const html = typeof answer.body === 'string'
  github()
    .intercept(path, method)
    .query(true)
    .reply(answer.status, answer.body as nock.Body, {
      'content-type': html ? 'text/html' : 'application/json; charset=utf-8',
      ...answer.headers,
    })
  return call(forge).catch((error: unknown) => error)
}

const GITHUB_SAYS_INVALID =
  'GitHub says: Validation Failed: Label name too_long; name is reserved; and a plain string'

describe.each(ROUTES.map((each) => [each.name, each] as const))('%s', (_name, each) => {
  const refusal = `GitHub refused to ${each.doing}`
  const people: readonly (readonly [number, unknown, string])[] = [
    [
      401,
      BAD_CREDENTIALS,
      `${refusal} (401). The App's key is not valid any more; give Millwright a current one. GitHub says: Bad credentials`,
    ],
    [
      403,
      NO_ACCESS,
      `${refusal} (403). It takes the permission "${each.needs}" on this repository, and the repository must not be archived. GitHub says: Resource not accessible by integration`,
    ],
    [
      404,
      NOT_FOUND,
      `${refusal} (404). It is gone, or the App is not installed on this repository with the permission "${each.needs}". GitHub says: Not Found`,
    ],
    [
      410,
      GONE,
      `${refusal} (410). It is gone, or the App is not installed on this repository with the permission "${each.needs}". GitHub says: This issue was deleted`,
    ],
    [422, INVALID, `${refusal} (422). ${GITHUB_SAYS_INVALID}`],
    [451, BLOCKED, `${refusal} (451). GitHub says: Repository access blocked`],
  ]

  it.each(people.filter(([status]) => !each.except?.includes(status)))(
    'refused with %i is for people to mend',
    async (status, body, message) => {
      expect(await refused(each, { status, body })).toMatchObject({
        name: 'UserError',
        code: 'forge_refused',
        message,
      })
    },
  )

  it.each<{ status: number; headers?: Record<string, string>; wait: number }>([
    { status: 403, headers: { 'retry-after': '30' }, wait: 30_000 },
    { status: 403, wait: 60_000 },
    { status: 429, headers: { 'retry-after': '7' }, wait: 7000 },
  ])('waits as long as GitHub asks: $status with $headers', async ({ wait, ...limit }) => {
    expect(await refused(each, { ...limit, body: SECONDARY_LIMIT })).toMatchObject({
      name: 'RetryableError',
      code: 'forge_unavailable',
      message: `GitHub asks to wait before it lets us ${each.doing}.`,
      retryAfterMs: wait,
    })
  })

  it.each([500, 502, 503])('is tried later when GitHub answers %i with a page', async (status) => {
    expect(await refused(each, { status, body: UNICORN })).toMatchObject({
      name: 'RetryableError',
      code: 'forge_unavailable',
      message: `GitHub could not be reached to ${each.doing}.`,
      retryAfterMs: undefined,
    })
  })

  const tokens: readonly (readonly [number, unknown, string])[] = [
    [
      401,
      BAD_CREDENTIALS,
      `${refusal} (401). The token is expired, revoked or mistyped; make a new one. GitHub says: Bad credentials`,
    ],
    [
      403,
      NO_TOKEN_ACCESS,
      `${refusal} (403). It takes a classic token with the scope "repo", or a fine-grained one with "${each.needs}" on this repository, and the repository must not be archived. GitHub says: Resource not accessible by personal access token`,
    ],
    [
      404,
      NOT_FOUND,
      `${refusal} (404). It is gone, or the token may not see it: it takes a classic token with the scope "repo", or a fine-grained one with "${each.needs}" on this repository. GitHub says: Not Found`,
    ],
  ]

  it.each(tokens.filter(([status]) => !each.except?.includes(status)))(
    "refused with %i to a person's token names what the token lacks",
    async (status, body, message) => {
      const forge = createForge(createClient(), PERSON)
      expect(await refused(each, { status, body }, forge)).toMatchObject({ name: 'UserError', message })
    },
  )
})
