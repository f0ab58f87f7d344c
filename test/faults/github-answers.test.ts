/** Every bad answer of GitHub's on every kind of request: what the engine is told, and that nothing is sent twice. */
import { describe, expect, it } from '@jest/globals'
import nock from 'nock'
import {
  BAD_CREDENTIALS,
  createForge,
  github,
  GONE,
  guardNetwork,
  INVALID,
  NO_ACCESS,
  NOT_FOUND,
  PATH,
  REPO,
  SECONDARY_LIMIT,
  UNICORN,
} from '../adapters/github/github-bench.ts'
import { clientFor, KINDS, meet } from '../support/faults-github.ts'
import type { BadAnswer } from '../support/faults-github.ts'

guardNetwork()

const RATE_LIMITED = { message: 'API rate limit exceeded for installation ID 1.' }
/** An hour's limit that GitHub's own clock says is over in 90 seconds. */
const USED_UP = {
  'x-ratelimit-remaining': '0',
  'x-ratelimit-reset': '1372700903',
  date: 'Mon, 01 Jul 2013 17:46:53 GMT',
}

describe.each(KINDS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  it.each<[string, BadAnswer, number | undefined]>([
    ['F-08: answered with 500', { status: 500, body: { message: 'Server Error' } }, undefined],
    ['F-08: answered with 502 and a page', { status: 502, body: UNICORN }, undefined],
    ['F-08: answered with 503', { status: 503, body: UNICORN }, undefined],
    ['F-08: answered with 503 and a time', { status: 503, headers: { 'retry-after': '7' } }, 7000],
    ['F-08: answered with 504', { status: 504, body: UNICORN }, undefined],
    ['F-08: cut off', { reset: true }, undefined],
    [
      'F-11: limited with a time',
      { status: 403, body: SECONDARY_LIMIT, headers: { 'retry-after': '120' } },
      120_000,
    ],
    ['F-11: limited as 429', { status: 429, body: SECONDARY_LIMIT, headers: { 'retry-after': '3' } }, 3000],
    ['F-11: limited until a reset', { status: 403, body: RATE_LIMITED, headers: USED_UP }, 91_000],
    ['F-11: limited without a time', { status: 403, body: SECONDARY_LIMIT }, 60_000],
  ])('%s is asked once and left for later', async (_what, answer, wait) => {
    const { error, requests } = await meet(kind, answer)
    expect(error).toMatchObject({ name: 'RetryableError', code: 'forge_unavailable', retryAfterMs: wait })
    expect(requests).toBe(1)
  })

  it.each<[string, BadAnswer, boolean]>([
    ['answered with 502', { status: 502, body: UNICORN }, true],
    ['answered with 503 and a time', { status: 503, headers: { 'retry-after': '7' } }, true],
    ['answered with 200 and a page', { status: 200, body: UNICORN }, true],
    ['cut off', { reset: true }, true],
    ['limited', { status: 403, body: SECONDARY_LIMIT, headers: { 'retry-after': '3' } }, false],
  ])('F-20: %s is left until a list would show what was made', async (_what, answer, isUnknown) => {
    const { error } = await meet(kind, answer)
    const atLeastMs = isUnknown && kind.listed ? 30_000 : undefined
    expect(error).toMatchObject({ name: 'RetryableError', atLeastMs })
  })

  const refusal = `GitHub refused to ${kind.doing}`
  const gone = `It is gone, or the App is not installed on this repository with the permission "${kind.needs}".`
  const REFUSALS: readonly [string, number, object, string][] = [
    [
      'F-12: forbidden',
      403,
      NO_ACCESS,
      `${refusal} (403). It takes the permission "${kind.needs}" on this repository, and the repository must not be archived. GitHub says: Resource not accessible by integration`,
    ],
    [
      'F-13: without a valid token',
      401,
      BAD_CREDENTIALS,
      `${refusal} (401). The App's key is not valid any more; give Millwright a current one. GitHub says: Bad credentials`,
    ],
    ['F-14: not found', 404, NOT_FOUND, `${refusal} (404). ${gone} GitHub says: Not Found`],
    ['F-15: gone', 410, GONE, `${refusal} (410). ${gone} GitHub says: This issue was deleted`],
    [
      'F-17: invalid',
      422,
      INVALID,
      `${refusal} (422). GitHub says: Validation Failed: Label name too_long; name is reserved; and a plain string`,
    ],
  ]
  it.each(REFUSALS.filter(([, status]) => !(kind.fine && status in kind.fine)))(
    '%s is asked once, and people read what to mend',
    async (...[, status, body, message]) => {
      const { error, requests } = await meet(kind, { status, body })
      expect(error).toMatchObject({ name: 'UserError', code: 'forge_refused', message })
      expect(requests).toBe(1)
    },
  )

  it('F-19: answered with 200 and a page is asked once and left for later', async () => {
    const { error, requests } = await meet(kind, { status: 200, body: UNICORN })
    expect(error).toMatchObject({
      name: 'RetryableError',
      code: 'forge_unavailable',
      message: `A page came in the place of GitHub's answer to ${kind.doing}.`,
    })
    expect(requests).toBe(1)
  })

  it('F-16: sent on to where the repository is now arrives there once', async () => {
    const there = '/repositories/1296269/elsewhere'
    let arrived = ''
    nock('https://api.github.com')
      .intercept(there, kind.method)
      .reply(() => {
        arrived = kind.method
        return [503, {}, { 'content-type': 'application/json' }]
      })
    const location = `https://api.github.com${there}`
    const { error, requests } = await meet(kind, { status: 301, headers: { location } })
    expect([arrived, requests]).toEqual([kind.method, 1])
    expect(error).toMatchObject({ name: 'RetryableError' })
  })
})

describe('a comment that may be gone', () => {
  it.each([
    ['F-14: not there', 404, NOT_FOUND],
    ['F-15: deleted', 410, GONE],
  ])('%s is no error', async (_what, status, body) => {
    github().get(`${PATH}/issues/comments/1`).reply(status, body)
    expect(await createForge().issues.comment(REPO, 1)).toBeUndefined()
  })
})

describe('GraphQL', () => {
  const asked = async (answer: BadAnswer): Promise<{ error: unknown; value: unknown }> => {
    github().get(`${PATH}/issues/comments/1`).reply(200, { id: 1, node_id: 'IC_1', user: null, body: '' })
    github()
      .post('/graphql')
      .reply(answer.status ?? 200, answer.body as nock.Body, {
        'content-type': 'application/json',
        ...answer.headers,
      })
    let error: unknown
    const value = await createForge(clientFor('GET'))
      .issues.lastEditor(REPO, 1)
      .catch((thrown: unknown) => void (error = thrown))
    return { error, value }
  }
  const errors = (...list: unknown[]): BadAnswer => ({ body: { data: { node: null }, errors: list } })

  it.each<[string, BadAnswer, number | undefined]>([
    ['that is limited', errors({ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }), 60_000],
    [
      'that is limited until a reset',
      { ...errors({ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }), headers: USED_UP },
      91_000,
    ],
    ['that took too long', errors({ type: 'TIMEOUT', message: 'Timed out' }), 60_000],
    ['with an error of no type', errors({ message: 'Something went wrong' }), 60_000],
    ['that is out of order', { status: 502, body: UNICORN }, undefined],
    ['that asks to wait', { status: 403, body: SECONDARY_LIMIT, headers: { 'retry-after': '30' } }, 30_000],
  ])('F-19: %s is left for later, whatever its status says', async (_what, answer, wait) => {
    expect((await asked(answer)).error).toMatchObject({
      name: 'RetryableError',
      code: 'forge_unavailable',
      retryAfterMs: wait,
    })
  })

  it('F-19: that forbids is no answer, and people read what it takes', async () => {
    const { error } = await asked(
      errors({ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }),
    )
    expect(error).toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message:
        'GitHub refused to see who edited a comment in octocat/Hello-World (FORBIDDEN). It takes the permission "Issues: read" on this repository. GitHub says: Resource not accessible by integration',
    })
  })
})
