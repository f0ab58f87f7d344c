import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGitHost } from '../../src/adapters/git/bare/create-git-host.ts'
import { createLocalForge, type LocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import { createNodeClock, createNodeRandom } from '../../src/adapters/node/node-clock.ts'
import { readAppManifest } from '../../src/app/app-manifest.ts'
import { waitUntil } from '../support/host-processes.ts'
import { freePort, type MillProcess, startMillProcess } from '../support/mill-process.ts'

const NAME = 'acme/widget'

let root: string
let forge: LocalForge
let model: Server
let ports: readonly [number, number]
const started: MillProcess[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mw-processes-'))
  // A dropped uid must be able to pass on its way to a checkout, and to the database.
  await chmod(root, 0o711)
  forge = await createLocalForge({
    gitHost: createGitHost({ root: join(root, 'forge') }),
    clock: createNodeClock(),
    random: createNodeRandom(),
    users: [{ login: 'acme', type: 'Organization' }, { login: 'alice' }],
    repositories: [
      { owner: 'acme', name: 'widget', labels: ['millwright'], collaborators: { alice: 'write' } },
    ],
    apps: [{ slug: 'mill', ...readAppManifest(), installations: [{ account: 'acme' }] }],
  })
  // Knows the key and the model, and never answers a question: what is worked on is still at work when it is stopped.
  model = createServer((request, response) => {
    if (request.url?.startsWith('/v1/messages?') || request.url === '/v1/messages') return
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":1}')
  })
  ports = [await freePort(), await freePort()]
  await new Promise<void>((done) => model.listen(0, '127.0.0.1', done))
  forge.listen('mill', { url: `http://127.0.0.1:${ports[0]}/api/github/webhooks`, secret: 'a secret' })
})

afterEach(async () => {
  await Promise.all(started.splice(0).map((process) => process.stop()))
})
afterAll(async () => {
  model.closeAllConnections()
  model.close()
  await forge.close()
  await rm(root, { recursive: true, force: true })
})

function mill(command: 'web' | 'worker' | 'rebuild', port: number): MillProcess {
  const app = forge.app('mill')
  const process = startMillProcess(command, {
    MILLWRIGHT_STATE: join(root, 'state'),
    MILLWRIGHT_GRACE: '10',
    PORT: String(port),
    ...(command === 'web'
      ? { WEBHOOK_SECRET: 'a secret' }
      : {
          APP_ID: String(app.id),
          PRIVATE_KEY: app.privateKey,
          MILLWRIGHT_SECRET: 's'.repeat(32),
          GITHUB_URL: forge.url,
          ANTHROPIC_API_KEY: 'sk-good',
          ANTHROPIC_BASE_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
        }),
  })
  started.push(process)
  return process
}

const answer = async (port: number, path: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}${path}`)).status

describe('a web process and a worker on one machine', () => {
  it('share one database: what the one took in while there was no other, the other does', async () => {
    const web = mill('web', ports[0])
    await web.says('Millwright takes deliveries in.')
    expect([await answer(ports[0], '/health'), await answer(ports[0], '/ready')]).toEqual([200, 200])

    const alice = forge.as('alice')
    const createdAt = new Date(Date.now() - 60_000).toISOString()
    const number = alice.openIssue(NAME, { title: 'Short options lose text', createdAt })
    alice.label(NAME, number, 'millwright')
    await forge.settled()
    expect(forge.deliveries.filter(({ event }) => event === 'issues').map(({ status }) => status)).toContain(
      202,
    )
    const comments = () => forge.repo(NAME).issues.get(number)?.comments ?? []
    expect(comments()).toEqual([])

    const worker = mill('worker', ports[1])
    await worker.says('Millwright works as ')
    expect([await answer(ports[1], '/ready'), await answer(ports[1], '/api/github/webhooks')]).toEqual([
      200, 404,
    ])
    await waitUntil(async () => comments().length > 0, 60_000)
    await worker.says(`${NAME}#${number}`)

    expect(await worker.stop()).toBe(0)
    expect(worker.output()).toContain(
      '\nSIGTERM: no new work is taken; what runs is ended. Again to end at once.\nStopped.\n',
    )
    expect(await answer(ports[0], '/ready')).toBe(200)

    const rebuild = mill('rebuild', ports[1])
    expect(await rebuild.ended()).toBe(0)
    expect(rebuild.output()).toContain(`\n1 open run.\n  ${NAME}#${number}  intake  as it was\n`)

    expect(await web.stop()).toBe(0)
    expect(web.output()).toContain('\nStopped.\n')
    expect(comments()).toHaveLength(1)
    // Whoever works with the server last stops it.
    await expect(readFile(join(root, 'state', 'postgres', 'data', 'postmaster.pid'))).rejects.toThrow(
      'ENOENT',
    )
  }, 180_000)
})
