/** The kinds of request that we make at GitHub, each with what is asked before it, for tests of every bad answer. */
import type { Octokit } from '@octokit/rest'
import nock from 'nock'
import { ProbotOctokit } from 'probot'
import { CLIENT_OPTIONS } from '../../src/adapters/github/github-client.ts'
import type { GithubForge } from '../../src/adapters/github/github-forge.ts'
import { createForge, github, ISSUE, NOT_FOUND, PATH, REPO } from '../adapters/github/github-bench.ts'

const PARENT = '1'.repeat(40)
const TREE = '3'.repeat(40)
const HEAD = '4'.repeat(40)

export interface RequestKind {
  readonly name: string
  readonly call: (forge: GithubForge) => Promise<unknown>
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  /** As people read it after "GitHub refused to". */
  readonly doing: string
  readonly needs: string
  /** What it makes is looked for in a list before it is made again. */
  readonly listed?: true
  /** What is asked on the way there, answered as on a good day. */
  readonly before?: () => void
  /** What is asked after a 422, since that answer may only mean that it is done. */
  readonly after422?: () => void
  /** Where an answer is part of normal life: what the call then resolves with. */
  readonly fine?: Readonly<Record<number, unknown>>
}

const COMMIT = {
  branch: 'mill/1347',
  parent: PARENT,
  tree: TREE,
  message: 'Fix it\n\nMillwright-Effect: run1.7.0\n',
  files: [],
}
const CHECK = {
  name: 'millwright',
  head: HEAD,
  conclusion: 'success',
  title: 'T',
  summary: 'S',
  externalId: 'run1.7.0',
} as const
const PULL = { title: 'T', body: 'B', branch: 'mill/1347', base: 'main' }
const REF = `${PATH}/git/ref/heads%2Fmill%2F1347`

const noBranch = (): void => void github().get(REF).reply(404, NOT_FOUND)
const branchAt = (sha: string): void =>
  void github()
    .get(REF)
    .reply(200, { node_id: 'REF_1', object: { type: 'commit', sha } })
const parentKnown = (): void =>
  void github()
    .get(`${PATH}/git/commits/${PARENT}`)
    .reply(200, { sha: PARENT, tree: { sha: TREE }, message: 'm' })
const treeWritten = (): void => {
  parentKnown()
  github().post(`${PATH}/git/trees`).reply(201, { sha: TREE })
}
const committed = (): void => {
  treeWritten()
  github().post(`${PATH}/git/commits`).reply(201, { sha: HEAD })
}
const noPull = (): void => void github().get(`${PATH}/pulls`).query(true).reply(200, [])
const noCheck = (): void =>
  void github()
    .get(`${PATH}/commits/${HEAD}/check-runs`)
    .query(true)
    .reply(200, { total_count: 0, check_runs: [] })

export const KINDS: readonly RequestKind[] = [
  {
    name: 'a read',
    call: (forge) => forge.issues.issue(ISSUE),
    method: 'GET',
    path: `${PATH}/issues/1347`,
    doing: 'read octocat/Hello-World#1347',
    needs: 'Issues: read',
  },
  {
    name: 'a read of what may be gone',
    call: (forge) => forge.issues.comment(REPO, 1),
    method: 'GET',
    path: `${PATH}/issues/comments/1`,
    doing: 'read comment 1 in octocat/Hello-World',
    needs: 'Issues: read',
    fine: { 404: undefined, 410: undefined },
  },
  {
    name: 'a new comment',
    call: (forge) => forge.issues.addComment(ISSUE, 'x'),
    method: 'POST',
    path: `${PATH}/issues/1347/comments`,
    doing: 'comment on octocat/Hello-World#1347',
    needs: 'Issues: write',
    listed: true,
  },
  {
    name: 'an edit of a comment',
    call: (forge) => forge.issues.editComment(REPO, 1, 'x'),
    method: 'PATCH',
    path: `${PATH}/issues/comments/1`,
    doing: 'edit comment 1 in octocat/Hello-World',
    needs: 'Issues: write',
  },
  {
    name: 'a tree',
    call: (forge) => forge.pulls.commit(REPO, COMMIT),
    before: () => (noBranch(), parentKnown()),
    method: 'POST',
    path: `${PATH}/git/trees`,
    doing: 'write a commit to octocat/Hello-World',
    needs: 'Contents: write',
  },
  {
    name: 'a commit',
    call: (forge) => forge.pulls.commit(REPO, COMMIT),
    before: () => (noBranch(), treeWritten()),
    method: 'POST',
    path: `${PATH}/git/commits`,
    doing: 'write a commit to octocat/Hello-World',
    needs: 'Contents: write',
    after422: noBranch,
  },
  {
    name: 'a new branch',
    call: (forge) => forge.pulls.commit(REPO, COMMIT),
    before: () => (noBranch(), committed()),
    method: 'POST',
    path: `${PATH}/git/refs`,
    doing: 'move branch `mill/1347` of octocat/Hello-World',
    needs: 'Contents: write',
    after422: noBranch,
  },
  {
    name: 'a branch moved on',
    call: (forge) => forge.pulls.commit(REPO, COMMIT),
    before: () => (branchAt(PARENT), committed()),
    method: 'PATCH',
    path: `${PATH}/git/refs/heads%2Fmill%2F1347`,
    doing: 'move branch `mill/1347` of octocat/Hello-World',
    needs: 'Contents: write',
    after422: () => branchAt(PARENT),
  },
  {
    name: 'a new pull request',
    call: (forge) => forge.pulls.openDraft(REPO, PULL),
    before: noPull,
    method: 'POST',
    path: `${PATH}/pulls`,
    doing: 'open a pull request in octocat/Hello-World',
    needs: 'Pull requests: write',
    listed: true,
    after422: noPull,
  },
  {
    name: 'a check run',
    call: (forge) => forge.pulls.checkRun(REPO, CHECK),
    before: noCheck,
    method: 'POST',
    path: `${PATH}/check-runs`,
    doing: 'report a check on octocat/Hello-World',
    needs: 'Checks: write',
    listed: true,
  },
  {
    name: 'a reaction',
    call: (forge) => forge.issues.react(ISSUE, 'eyes'),
    method: 'POST',
    path: `${PATH}/issues/1347/reactions`,
    doing: 'react to octocat/Hello-World#1347',
    needs: 'Issues: write',
  },
]

export interface BadAnswer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of an answer. */
  readonly reset?: boolean
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * Probot's Octokit, which would repeat any request three times if it were let: a write with its retries on, so that it is
 * the adapter that keeps it from that, a read as the app makes its clients. Throttling only spaces requests out.
 */
export function clientFor(method: RequestKind['method']): Octokit {
  const retry = method === 'GET' ? CLIENT_OPTIONS.retry : {}
  const auth = { token: 'installation-token' }
  return new ProbotOctokit({ auth, retry, throttle: { enabled: false }, log: SILENT }) as unknown as Octokit
}

/** What the call ends with, and how often the request was made. Every answer to it is the bad one. */
export async function meet(
  kind: RequestKind,
  { status = 500, body = {}, headers = {}, reset = false }: BadAnswer,
): Promise<{ error: unknown; value: unknown; requests: number }> {
  kind.before?.()
  if (status === 422) kind.after422?.()
  let requests = 0
  const html = typeof body === 'string'
  const scope = nock('https://api.github.com').persist()
  const request = scope.intercept(kind.path, kind.method)
  const count = (): void => void (requests += 1)
  if (reset) {
    request.replyWithError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
    scope.on('request', count)
  } else {
    const type = html ? 'text/html' : 'application/json; charset=utf-8'
    request.reply(() => {
      count()
      return [status, body as nock.Body, { 'content-type': type, ...headers }]
    })
  }
  let error: unknown
  const value = await kind.call(createForge(clientFor(kind.method))).catch((thrown: unknown) => {
    error = thrown
  })
  scope.persist(false)
  nock.removeInterceptor(request)
  return { error, value, requests }
}
