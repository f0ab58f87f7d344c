/** A machine whose clock differs from GitHub's: the App's own key says when it was used. */
import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from '@jest/globals'
import nock from 'nock'
import { ProbotOctokit } from 'probot'
import { CLIENT_OPTIONS } from '../../src/adapters/github/github-client.ts'
import { appIdentity } from '../../src/adapters/github/installation-clients.ts'
import { guardNetwork } from '../adapters/github/github-bench.ts'

guardNetwork()

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const FIVE_MINUTES = 300

interface Claims {
  readonly iat: number
  readonly exp: number
}

const seconds = (): number => Math.floor(Date.now() / 1000)

function claimsOf(authorization: string): Claims {
  const [, body = ''] = authorization.split('.')
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims
}

function bench() {
  const warned: string[] = []
  const log = { debug() {}, info() {}, warn: (line: string) => void warned.push(line), error() {} }
  const client = (): Promise<InstanceType<typeof ProbotOctokit>> =>
    Promise.resolve(
      new ProbotOctokit({
        auth: { appId: 777, privateKey },
        log,
        ...CLIENT_OPTIONS,
        throttle: { enabled: false },
      }),
    )
  const used: Claims[] = []
  const asked = (status: number, body: nock.Body, headers: Record<string, string> = {}): void => {
    nock('https://api.github.com', {
      reqheaders: { authorization: (value) => (used.push(claimsOf(String(value))), true) },
    })
      .get('/app')
      .reply(status, body, headers)
  }
  const known = (): void => {
    asked(200, { id: 777, slug: 'mill' })
    nock('https://api.github.com').get('/app/installations').query(true).reply(200, [])
    nock('https://api.github.com').get('/users/mill%5Bbot%5D').reply(200, { id: 4242 })
  }
  return { identity: () => appIdentity(client), used, warned, asked, known }
}

it('F-64: a clock that is a little ahead harms nothing: the key is dated half a minute back or more', async () => {
  const app = bench()
  app.known()
  expect(await app.identity()).toEqual({ appId: 777, userId: 4242, login: 'mill[bot]' })
  const now = seconds()
  for (const { iat, exp } of app.used) {
    expect(now - iat).toBeGreaterThanOrEqual(30)
    // GitHub takes no key that is valid for more than ten minutes.
    expect(exp - iat).toBeLessThanOrEqual(600)
  }
})

it('F-64: a clock that is minutes ahead is told by GitHub’s own, the key is dated by that, and the log says so', async () => {
  const app = bench()
  const message =
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued."
  const date = new Date(Date.now() - FIVE_MINUTES * 1000).toUTCString()
  app.asked(401, { message }, { date })
  app.known()
  expect((await app.identity()).appId).toBe(777)
  const corrected = app.used.filter(({ iat }) => seconds() - iat >= FIVE_MINUTES)
  expect(corrected.length).toBeGreaterThan(0)
  expect(app.warned.join('\n')).toContain('GitHub API time and system time are different')
})
