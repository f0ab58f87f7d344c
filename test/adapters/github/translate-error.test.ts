/** What becomes of GitHub's refusals, and that no write is repeated. */
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { Octokit } from '@octokit/rest'
import { ProbotOctokit } from 'probot'
import nock from 'nock'
import { CLIENT_OPTIONS } from '../../../src/adapters/github/github-client.ts'
import {
  BAD_CREDENTIALS,
  createForge,
  github,
  guardNetwork,
  ISSUE,
  NO_ACCESS,
  NOT_FOUND,
  PATH,
  SECONDARY_LIMIT,
} from './github-bench.ts'

guardNetwork()

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** A real server, where it matters what goes over the wire. */
async function serve(
  answer: (response: ServerResponse) => void,
): Promise<{ url: string; seen: string[]; close: () => Promise<unknown> }> {
  nock.enableNetConnect('127.0.0.1')
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

const answer = (
  status: number,
  body: unknown = {},
  headers: Record<string, string> = {},
): Promise<unknown> => {
  github()
    .get(`${PATH}/issues/1347`)
    .reply(status, body as nock.Body, { 'content-type': 'application/json', ...headers })
  return createForge()
    .issues.issue(ISSUE)
    .catch((error: unknown) => error)
}

describe('a refusal by GitHub', () => {
  it.each<{ status: number; headers?: Record<string, string>; body?: unknown; wait: number | undefined }>([
    { status: 403, headers: { 'retry-after': '30' }, body: NO_ACCESS, wait: 30_000 },
    { status: 429, headers: { 'retry-after': '7' }, body: SECONDARY_LIMIT, wait: 7000 },
    { status: 429, body: SECONDARY_LIMIT, wait: 60_000 },
    { status: 403, body: SECONDARY_LIMIT, wait: 60_000 },
    {
      status: 403,
      headers: {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '1372700873',
        date: 'Mon, 01 Jul 2013 17:46:53 GMT',
      },
      body: { message: 'API rate limit exceeded for installation ID 1.' },
      wait: 61_000,
    },
    { status: 403, headers: { 'x-ratelimit-remaining': '0' }, body: NO_ACCESS, wait: 60_000 },
    { status: 500, wait: undefined },
    { status: 502, body: 'Bad gateway', wait: undefined },
    { status: 503, headers: { 'retry-after': '5' }, wait: 5000 },
  ])('$status with $headers means later', async ({ status, headers, body, wait }) => {
    expect(await answer(status, body, headers)).toMatchObject({
      name: 'RetryableError',
      code: 'forge_unavailable',
      retryAfterMs: wait,
    })
  })

  it.each([
    [401, BAD_CREDENTIALS, "The App's key is not valid any more"],
    [403, NO_ACCESS, 'It takes the permission "Issues: read"'],
    [404, NOT_FOUND, 'not installed on this repository with the permission "Issues: read"'],
    [410, { message: 'This issue was deleted' }, 'It is gone'],
    [422, { message: 'Validation Failed' }, 'GitHub says: Validation Failed'],
    [451, { message: 'Repository access blocked' }, 'GitHub says: Repository access blocked'],
  ])('%i is for people to mend, in a sentence', async (status, body, part) => {
    const error = await answer(status, body, { 'x-ratelimit-remaining': '4999' })
    expect(error).toMatchObject({ name: 'UserError', code: 'forge_refused' })
    expect(String(error)).toContain(`GitHub refused to read octocat/Hello-World#1347 (${status}).`)
    expect(String(error)).toContain(part)
  })

  it('is "later" when the connection is lost', async () => {
    const server = await serve((response) => response.destroy())
    const forge = createForge(new Octokit({ auth: 'installation-token', baseUrl: server.url, log }))
    await expect(forge.issues.issue(ISSUE)).rejects.toMatchObject({ name: 'RetryableError' })
    await server.close()
    await expect(forge.issues.issue(ISSUE)).rejects.toMatchObject({ name: 'RetryableError' })
  })
})

describe('a client of Probot', () => {
  it('does not repeat a write, even where its own retries are on', async () => {
    const server = await serve((response) => response.writeHead(502).end())
    const client = new ProbotOctokit({
      auth: { token: 'installation-token' },
      baseUrl: server.url,
      throttle: { enabled: false },
      log,
    })
    const forge = createForge(client)
    await expect(forge.issues.addComment(ISSUE, 'x')).rejects.toMatchObject({ name: 'RetryableError' })
    expect(server.seen).toEqual([`POST ${PATH}/issues/1347/comments`])
    expect(forge.counts().writes).toBe(1)
    await server.close()
  })

  it('with our options answers a limit at once instead of sleeping through it', async () => {
    const client = new ProbotOctokit({ auth: { token: 'installation-token' }, ...CLIENT_OPTIONS, log })
    github().get(`${PATH}/issues/1347`).reply(403, SECONDARY_LIMIT, { 'retry-after': '30' })
    const started = Date.now()
    await expect(createForge(client).issues.issue(ISSUE)).rejects.toMatchObject({ retryAfterMs: 30_000 })
    expect(Date.now() - started).toBeLessThan(5000)
  })
})
