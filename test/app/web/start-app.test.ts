import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGitHost } from '../../../src/adapters/git/bare/create-git-host.ts'
import { createLocalForge, type LocalForge } from '../../../src/adapters/local-forge/create-local-forge.ts'
import { createNodeClock, createNodeRandom } from '../../../src/adapters/node/node-clock.ts'
import { readAppManifest } from '../../../src/app/app-manifest.ts'
import { readEnv } from '../../../src/app/env.ts'
import { createMemoryDurable } from '../../../src/adapters/memory/memory-durable.ts'
import type { App } from '../../../src/app/web/app.ts'
import { createSandboxKit, type SandboxKit } from '../../../src/app/sandbox-kit.ts'
import { startApp, type StartParts } from '../../../src/app/web/start-app.ts'
import { startWeb } from '../../../src/app/web/start-web.ts'
import { RetryableError, UserError } from '../../../src/core/errors.ts'
import type { Durable } from '../../../src/ports/durable.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { signatureOf } from '../../webhooks/post-box.ts'
import { SILENT } from '../../../src/ports/progress.ts'

/** Answers the free question as the Messages API documents it, by the key that asks. */
const MODEL_ANSWERS: Readonly<Record<string, { status: number; type: string; message: string }>> = {
  'sk-wrong': { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
  'sk-elsewhere': {
    status: 403,
    type: 'permission_error',
    message: 'Your API key does not have permission.',
  },
  'sk-old': { status: 404, type: 'not_found_error', message: 'model: claude-sonnet-5-5' },
  'sk-spent': {
    status: 400,
    type: 'invalid_request_error',
    message: 'You have reached your specified API usage limits. You will regain access on 2026-12-01.',
  },
  'sk-unpaid': { status: 402, type: 'billing_error', message: 'Your account is not in good standing.' },
  'sk-busy': { status: 529, type: 'overloaded_error', message: 'Overloaded' },
}

let root: string
let forge: LocalForge
let model: Server
let modelUrl: string
let kit: SandboxKit
const { privateKey: foreignKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'start-'))
  await chmod(root, 0o711)
  forge = await aForge(0)
  model = createServer((request, response) => {
    const answer = MODEL_ANSWERS[String(request.headers.authorization).replace('Bearer ', '')]
    response.writeHead(answer?.status ?? 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        answer
          ? { type: 'error', error: { type: answer.type, message: answer.message } }
          : { input_tokens: 8 },
      ),
    )
  })
  await new Promise<void>((done) => model.listen(0, '127.0.0.1', done))
  modelUrl = `http://127.0.0.1:${(model.address() as AddressInfo).port}`
  kit = await createSandboxKit({
    stateRoot: join(root, 'kit'),
    path: process.env['PATH'] ?? '',
    home: '/nonexistent',
    cafile: undefined,
    npmRegistry: undefined,
    say: () => undefined,
  })
})
afterAll(async () => {
  model.closeAllConnections()
  model.close()
  await forge.close()
  await rm(root, { recursive: true, force: true })
})

function aForge(port: number, app: { id?: number; privateKey?: string } = {}): Promise<LocalForge> {
  return createLocalForge({
    gitHost: createGitHost({ root: join(root, 'repositories') }),
    clock: createNodeClock(),
    random: createNodeRandom(),
    port,
    users: [
      { login: 'acme', type: 'Organization' },
      { login: 'alice', token: 'ghp_alice' },
    ],
    repositories: [
      { owner: 'acme', name: 'widget' },
      { owner: 'alice', name: 'own' },
    ],
    apps: [
      {
        slug: 'mill',
        name: 'Acme mill',
        ...readAppManifest(),
        ...app,
        installations: [{ account: 'acme' }, { account: 'alice', repositories: ['own'] }],
      },
      { slug: 'alone', ...readAppManifest(), installations: [] },
      { slug: 'poor', permissions: { issues: 'read' }, events: ['issues'], installations: [] },
      {
        slug: 'late',
        ...readAppManifest(),
        installations: [
          { account: 'acme', permissions: { ...readAppManifest().permissions, checks: 'read' } },
        ],
      },
    ],
  })
}

const mills: App[] = []
let said: string[]
let stop: AbortController
/** What is told of the disk. */
let disk: { shortage: string | undefined }
/** What the database does: what opening and asking it throws, and how often it was closed. */
let database: { fault: Error | undefined; closed: number; places: unknown[] }
beforeEach(() => {
  said = []
  disk = { shortage: undefined }
  database = { fault: undefined, closed: 0, places: [] }
  stop = new AbortController()
})
afterEach(async () => {
  for (const mill of mills.splice(0)) await mill.close()
})

async function good(app = 'mill'): Promise<Record<string, string>> {
  const { id, privateKey } = forge.app(app)
  return {
    APP_ID: String(id),
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: 'a secret',
    MILLWRIGHT_SECRET: 's'.repeat(32),
    ANTHROPIC_API_KEY: 'sk-good',
    ANTHROPIC_BASE_URL: modelUrl,
    GITHUB_URL: forge.url,
    MILLWRIGHT_STATE: join(root, 'state'),
    PORT: String(await aPort()),
  }
}

const openDurable: StartParts['openDurable'] = async ({ database: place, clock }) => {
  if (database.fault) throw database.fault
  database.places.push(place)
  const durable: Durable = createMemoryDurable({ clock, log: recordingLog() })
  return {
    ...durable,
    async ping() {
      if (database.fault) throw database.fault
    },
    async close() {
      database.closed += 1
    },
  }
}

const awayWith = (code: string): RetryableError =>
  new RetryableError('store_unavailable', 'the database could not be reached', {
    cause: Object.assign(new Error('no'), { code }),
  })

async function start(
  env: Record<string, string>,
  changes: Partial<StartParts> = {},
): Promise<App | undefined> {
  const mill = await startApp({
    env: readEnv({ PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...env }),
    role: 'all',
    file: '/app/.env',
    command: 'npm start',
    openDurable,
    clock: createNodeClock(),
    random: createNodeRandom(),
    observer: { progress: () => SILENT, moved: () => undefined },
    say: (text) => void said.push(text),
    createKit: () => Promise.resolve(kit),
    createDisk: () => ({ shortage: async () => disk.shortage }),
    stop: stop.signal,
    ...changes,
  })
  if (mill) mills.push(mill)
  return mill
}

async function readyAt(env: Record<string, string>): Promise<readonly [number, string]> {
  const answer = await fetch(`http://127.0.0.1:${env['PORT']}/ready`)
  return [answer.status, (await answer.text()).trimEnd()]
}

async function aPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const problems = (lines: readonly [string, string][]) =>
  [
    `Millwright does not start: ${lines.length === 1 ? '1 problem' : `${lines.length} problems`}.`,
    ...lines.map(([what, fix]) => `  ✗ ${what}\n    ${fix}`),
    'Settings come from the environment and from /app/.env (docs/environment.md). Mend them, then run npm start again.',
  ].join('\n\n')

describe('with everything in order', () => {
  it('listens, and says as what, where, and with which model', async () => {
    const env = await good()
    const mill = await start(env)
    expect(said).toEqual([
      [
        'Millwright works as Acme mill (mill[bot]).',
        '',
        `  GitHub     ${forge.url}`,
        '  installed  acme (all repositories), alice (selected repositories)',
        `  webhooks   http://127.0.0.1:${env['PORT']}/api/github/webhooks`,
        `  model      claude-sonnet-5-5 at ${modelUrl}`,
        '  sandbox    bubblewrap; every way out that was tried is shut',
        `  state      ${join(root, 'state')}`,
        `  database   its own, in ${join(root, 'state', 'postgres')}`,
        '',
        'Ctrl-C stops it.',
      ].join('\n'),
    ])
    expect(database.places).toEqual([{ kind: 'embedded' }])
    expect(mill?.webhookUrl).toBe(`http://127.0.0.1:${env['PORT']}/api/github/webhooks`)
    expect((await fetch(`http://127.0.0.1:${env['PORT']}/health`)).status).toBe(200)
    expect(await readyAt(env)).toEqual([200, 'ready'])
  })

  it('says where to install an App that is installed nowhere', async () => {
    await start(await good('alone'))
    expect(said[0]).toContain(`  installed  nowhere yet: open ${forge.url}/apps/alone/installations/new\n`)
  })

  it('says which installation has not accepted what app.yml asks for since', async () => {
    await start(await good('late'))
    expect(said[0]).toContain('  installed  acme (has not accepted checks: write)\n')
  })

  it('takes the key on one line, as base64, or from a file', async () => {
    const env = await good()
    const pem = env['PRIVATE_KEY'] ?? ''
    const path = join(root, 'key.pem')
    await writeFile(path, pem)
    const forms: Record<string, string>[] = [
      { PRIVATE_KEY: pem.replaceAll('\n', '\\n') },
      { PRIVATE_KEY: Buffer.from(pem).toString('base64') },
      { PRIVATE_KEY: '', PRIVATE_KEY_PATH: path },
    ]
    for (const form of forms) {
      const mill = await start({ ...env, ...form })
      expect(mill).toBeDefined()
      await mills.pop()?.close()
    }
  })
})

describe('every problem at once', () => {
  it('of an environment in which only the App was named', async () => {
    expect(
      await start({ APP_ID: 'Iv1.abc', PORT: '0', MILLWRIGHT_STATE: join(root, 'state') }),
    ).toBeUndefined()
    expect(said).toEqual([
      problems([
        [
          'APP_ID is "Iv1.abc", which is not a number.',
          'It is the number behind "App ID" on the App\'s settings page.',
        ],
        [
          'PRIVATE_KEY is missing.',
          "Make a new one on the App's settings page (Private keys, Generate a private key), and set PRIVATE_KEY to its text or PRIVATE_KEY_PATH to the file.",
        ],
        [
          "WEBHOOK_SECRET is missing, so nobody could tell GitHub's webhooks from forged ones.",
          "Set the same long random text here and on the App's settings page (Webhook secret).",
        ],
        [
          'MILLWRIGHT_SECRET is missing; state comments are signed with a key derived from it.',
          'Set it to the output of: openssl rand -hex 32. Keep it: comments signed with another one are not trusted.',
        ],
        [
          'ANTHROPIC_API_KEY is missing.',
          'Make a key at https://platform.claude.com/settings/keys and set it.',
        ],
      ]),
    ])
  })

  it('of values that cannot be right', async () => {
    const env = {
      APP_ID: '',
      PRIVATE_KEY: 'not a key',
      WEBHOOK_SECRET: 'a secret',
      MILLWRIGHT_SECRET: 'short',
      MILLWRIGHT_MODEL: 'gpt-9',
      GITHUB_URL: 'github',
      ANTHROPIC_API_KEY: 'sk-good',
      ANTHROPIC_BASE_URL: 'ftp://x',
      PORT: '70000',
      DATABASE_URL: 'mysql://mill:hunter2@db/mill',
      MILLWRIGHT_SECRET_PREVIOUS: 'shorter',
      MILLWRIGHT_WORK_SLOTS: 'many',
      MILLWRIGHT_GRACE: '0',
      MILLWRIGHT_STATE: join(root, 'state'),
    }
    expect(await start(env)).toBeUndefined()
    expect(said).toEqual([
      problems([
        ['APP_ID is missing.', 'It is the number behind "App ID" on the App\'s settings page.'],
        [
          'PRIVATE_KEY holds no private key: PEM text, with \\n for line ends if it is on one line, or base64 of it, is expected.',
          "Copy the whole .pem file that GitHub gave you, from -----BEGIN to -----END. Make a new one on the App's settings page (Private keys, Generate a private key) if it is lost.",
        ],
        [
          'MILLWRIGHT_SECRET_PREVIOUS has 7 characters; it takes at least 32.',
          'Set it to the secret that comments were signed with before, or remove it.',
        ],
        [
          'MILLWRIGHT_SECRET has 5 characters; it takes at least 32.',
          'Set it to the output of: openssl rand -hex 32. Keep it: comments signed with another one are not trusted.',
        ],
        [
          'GITHUB_URL is "github", which is not an address.',
          'Set it to the address that you open in a browser, such as https://github.example.com, or remove it for github.com.',
        ],
        [
          'ANTHROPIC_BASE_URL is "ftp://x", which is not an address.',
          'Set it to an address that begins with https://, or remove it.',
        ],
        [
          'MILLWRIGHT_MODEL is "gpt-9", for which there is no price, so no budget could be kept.',
          'Use one of claude-opus-5-5, claude-sonnet-5-5, claude-haiku-5-5.',
        ],
        [
          'MILLWRIGHT_WORK_SLOTS is "many", which is not a number from 1 to 64.',
          'Set it to how many runs this machine can test at the same time, or remove it for 2.',
        ],
        ['PORT is "70000", which is not a port.', 'Set it to a number up to 65535, or remove it for 3000.'],
        [
          'DATABASE_URL is not an address of PostgreSQL.',
          'Set it to postgres://user:password@host:5432/database, with %40 and its kind for special characters in the password; or remove it, and one of our own runs under the state folder.',
        ],
        [
          'MILLWRIGHT_GRACE is "0", which is not a number of seconds from 1 to 3600.',
          'Set it to ten seconds less than your machine waits before it kills a process, or remove it for 25.',
        ],
      ]),
    ])
  })

  it('of this machine, the model and GitHub together', async () => {
    const taken = createServer()
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done))
    const { port } = taken.address() as AddressInfo
    const file = join(root, 'a-file')
    await writeFile(file, '')
    const env = {
      ...(await good()),
      PORT: String(port),
      MILLWRIGHT_STATE: file,
      ANTHROPIC_API_KEY: 'sk-wrong',
    }
    expect(await start({ ...env, PRIVATE_KEY: foreignKey })).toBeUndefined()
    expect(said).toEqual([
      problems([
        [
          `The state folder ${file} can't be written to (EEXIST).`,
          'Make it and give it to the user who runs this, or set MILLWRIGHT_STATE to another folder.',
        ],
        [
          `Port ${port} is taken by another program.`,
          'Stop that program (another Millwright, perhaps), or set PORT and point your tunnel or proxy there.',
        ],
        [
          'The model API does not know the key. (401) It says: "invalid x-api-key"',
          'Set ANTHROPIC_API_KEY to a valid one.',
        ],
        [
          `${forge.url} refused the private key for the App ${forge.app('mill').id}.`,
          'Check that APP_ID and the key belong to the same App and that the key was not deleted on its settings page. A clock of this machine that is minutes off does the same.',
        ],
      ]),
    ])
    await new Promise((done) => taken.close(done))
  })

  it('of the key, where both forms of it are set or its file is not there', async () => {
    const env = await good()
    await start({ ...env, PRIVATE_KEY_PATH: '/nowhere.pem' })
    await start({ ...env, PRIVATE_KEY: '', PRIVATE_KEY_PATH: '/nowhere.pem' })
    expect(said).toEqual([
      problems([['PRIVATE_KEY and PRIVATE_KEY_PATH are both set.', 'Keep one of them.']]),
      problems([
        [
          "PRIVATE_KEY_PATH names /nowhere.pem, which can't be read (ENOENT).",
          'Correct the path, or let the user who runs this read the file.',
        ],
      ]),
    ])
  })

  it('F-37: of a machine without a sandbox', async () => {
    const createKit = () =>
      Promise.reject(
        new UserError(
          'sandbox_unavailable',
          'bubblewrap (bwrap) is not installed.\nRun: sudo apt-get install -y bubblewrap',
        ),
      )
    expect(await start(await good(), { createKit })).toBeUndefined()
    expect(said).toEqual([
      problems([
        [
          'There is no sandbox. bubblewrap (bwrap) is not installed.',
          'Run: sudo apt-get install -y bubblewrap',
        ],
      ]),
    ])
  })

  it('of an App that GitHub does not know, or that lacks what app.yml asks for', async () => {
    await start({ ...(await good()), APP_ID: '4711' })
    await start(await good('poor'))
    const { permissions, events } = readAppManifest()
    const lacking = [
      ...Object.entries(permissions)
        .filter(([name]) => name !== 'metadata')
        .map(([name, level]) => `${name}: ${level}`),
      ...events.filter((event) => event !== 'issues').map((event) => `event ${event}`),
    ]
    expect(said).toEqual([
      problems([
        [
          `${forge.url} knows no App 4711.`,
          'Correct APP_ID, or GITHUB_URL where the App belongs to another GitHub.',
        ],
      ]),
      problems([
        [
          `The App lacks what app.yml asks for: ${lacking.join(', ')}.`,
          `Add it on the App's settings page (Permissions & events; the App is ${forge.url}/apps/poor), then accept it for each installation.`,
        ],
      ]),
    ])
  })
})

describe('the model API', () => {
  it.each([
    [
      'sk-elsewhere',
      'The key may not use the model API. (403) It says: "Your API key does not have permission."',
      "Check the key's workspace and its rights in the console.",
    ],
    [
      'sk-old',
      'The model API does not know the model "claude-sonnet-5-5", or this key may not use it. (404) It says: "model: claude-sonnet-5-5"',
      'Correct MILLWRIGHT_MODEL, or remove it.',
    ],
    [
      'sk-spent',
      'The model API accepts no requests from this account: credits are used up or a spend limit is reached. (400) It says: "You have reached your specified API usage limits. You will regain access on 2026-12-01."',
      'Add credits or raise the limit in the console.',
    ],
    [
      'sk-unpaid',
      'The model API accepts no requests from this account: credits are used up or a spend limit is reached. (402) It says: "Your account is not in good standing."',
      'Add credits or raise the limit in the console.',
    ],
  ])('refuses %s, and people read why', async (key, what, fix) => {
    expect(await start({ ...(await good()), ANTHROPIC_API_KEY: key })).toBeUndefined()
    expect(said).toEqual([problems([[what, fix]])])
  })

  it('that is overloaded or away keeps nobody from starting', async () => {
    expect(await start({ ...(await good()), ANTHROPIC_API_KEY: 'sk-busy' })).toBeDefined()
    const nowhere = `http://127.0.0.1:${await aPort()}`
    expect(await start({ ...(await good()), ANTHROPIC_BASE_URL: nowhere })).toBeDefined()
    const lines = said.filter((text) => text.startsWith('The model API'))
    expect(lines).toEqual([
      `The model API at ${modelUrl} could not be asked beforehand (it answered 529); the first run will show whether key and model are right.`,
      `The model API at ${nowhere} could not be asked beforehand (it did not answer); the first run will show whether key and model are right.`,
    ])
  })
})

describe('a GitHub that is away at start', () => {
  it('is waited for, with longer and longer pauses, until it is there', async () => {
    const { id, privateKey } = forge.app('mill')
    const port = await aPort()
    const url = `http://127.0.0.1:${port}`
    const pauses: number[] = []
    let other: LocalForge | undefined
    const clock = {
      ...createNodeClock(),
      async sleep(ms: number, signal?: AbortSignal) {
        // What sleeps later is the App at work.
        if (pauses.length === 3) return never(signal)
        pauses.push(ms)
        if (pauses.length === 3) other = await aForge(port, { id, privateKey })
      },
    }
    expect(await start({ ...(await good()), GITHUB_URL: url }, { clock })).toBeDefined()
    expect(pauses).toEqual([5_000, 10_000, 20_000])
    expect(said.slice(0, 3)).toEqual([
      `${url} can't be reached (ECONNREFUSED). Asking again in 5 s.`,
      `${url} can't be reached (ECONNREFUSED). Asking again in 10 s.`,
      `${url} can't be reached (ECONNREFUSED). Asking again in 20 s.`,
    ])
    expect(said[3]).toMatch(/^Millwright works as Acme mill/)
    await mills.pop()?.close()
    await other?.close()
  })

  it('is waited for too where it answers with an error of its own', async () => {
    forge.fault({ path: '/app', status: 503, times: 1 })
    let pauses = 0
    const clock = {
      ...createNodeClock(),
      sleep: (_ms: number, signal?: AbortSignal) => ((pauses += 1) === 1 ? Promise.resolve() : never(signal)),
    }
    expect(await start(await good(), { clock })).toBeDefined()
    expect(said[0]).toBe(`${forge.url} can't be reached (it answered 503). Asking again in 5 s.`)
  })

  it('is waited for no longer when somebody stops it', async () => {
    const clock = {
      ...createNodeClock(),
      sleep(_ms: number, signal?: AbortSignal) {
        stop.abort()
        return Promise.reject(signal?.reason as Error)
      },
    }
    const url = `http://127.0.0.1:${await aPort()}`
    expect(await start({ ...(await good()), GITHUB_URL: url }, { clock })).toBeUndefined()
    expect(said).toHaveLength(1)
  })

  it('is named beside the other problems, which come first', async () => {
    const url = `http://127.0.0.1:${await aPort()}`
    await start({ ...(await good()), GITHUB_URL: url, WEBHOOK_SECRET: '' })
    expect(said).toHaveLength(2)
    expect(said[0]).toContain('1 problem.')
    expect(said[1]).toBe(`${url} can't be reached (ECONNREFUSED).`)
  })
})

describe('a database that is away at start', () => {
  const DATABASE_URL = 'postgres://mill:hunter2@db.example:5432/mill?sslmode=require'
  const shown = 'postgres://mill@db.example:5432/mill'

  it('is waited for, with the door open, and said once and then every minute', async () => {
    const env: Record<string, string> = { ...(await good()), DATABASE_URL }
    const seen: unknown[] = []
    let seconds = 0
    database.fault = awayWith('ECONNREFUSED')
    const clock = {
      now: () => new Date(seconds * 1000).toISOString(),
      async sleep(ms: number, signal?: AbortSignal) {
        // Only the pauses of the wait are long; other clocks of the process stand still.
        if (ms !== 5_000) return never(signal)
        seconds += 5
        if (seconds === 65) database.fault = undefined
        if (seconds === 5) {
          seen.push(await readyAt(env), await deliveryTo(env))
          seen.push((await fetch(`http://127.0.0.1:${env['PORT']}/health`)).status)
        }
      },
    }
    expect(await start(env, { clock })).toBeDefined()
    const sentence = `The database (${shown}) can't be reached (ECONNREFUSED).`
    expect(said.slice(0, 2)).toEqual([
      `${sentence} Asking again every 5 s.`,
      `${sentence} Asking again every 5 s.`,
    ])
    expect(said[2]).toContain(`  database   ${shown}\n`)
    expect(said).toHaveLength(3)
    expect(seen).toEqual([[503, sentence], 503, 200])
  })

  it('is waited for no longer when somebody stops it', async () => {
    database.fault = awayWith('ENOTFOUND')
    const clock = {
      ...createNodeClock(),
      sleep(_ms: number, signal?: AbortSignal) {
        stop.abort()
        return Promise.reject(signal?.reason as Error)
      },
    }
    const env = await good()
    expect(await start(env, { clock })).toBeUndefined()
    expect(said).toHaveLength(1)
    await expect(fetch(`http://127.0.0.1:${env['PORT']}/health`)).rejects.toThrow('fetch failed')
  })

  it('that refuses us is a problem among the others', async () => {
    database.fault = new UserError(
      'store_unavailable',
      "The database of DATABASE_URL can't be used: no such role.",
    )
    expect(await start({ ...(await good()), DATABASE_URL, WEBHOOK_SECRET: '' })).toBeUndefined()
    expect(said).toEqual([
      problems([
        [
          "WEBHOOK_SECRET is missing, so nobody could tell GitHub's webhooks from forged ones.",
          "Set the same long random text here and on the App's settings page (Webhook secret).",
        ],
        [
          "The database of DATABASE_URL can't be used: no such role.",
          'Correct DATABASE_URL, or the database that it names.',
        ],
      ]),
    ])
  })

  it('is not left open where something else keeps the App from starting', async () => {
    expect(await start({ ...(await good()), WEBHOOK_SECRET: '' })).toBeUndefined()
    expect(database.closed).toBe(1)
  })
})

describe('at work', () => {
  it('is not ready while the database is away, says so once, and that it is back', async () => {
    const env = await good()
    await start(env)
    said = []
    database.fault = awayWith('ECONNRESET')
    const sentence = `The database (its own, in ${join(root, 'state', 'postgres')}) can't be reached (ECONNRESET).`
    await until(async () => (await readyAt(env))[0] === 503)
    expect(await readyAt(env)).toEqual([503, sentence])
    database.fault = undefined
    await until(async () => (await readyAt(env))[0] === 200)
    expect(said).toEqual([
      `${sentence} Deliveries are told to come again, and work waits until it is back.`,
      'The database answers again.',
    ])
  })

  it('F-36: is not ready while its disk is nearly full, says so once, begins no work, and goes on by itself', async () => {
    const env = await good()
    const held: string[] = []
    const watched: StartParts['openDurable'] = async (options) => {
      const durable = await openDurable(options)
      return {
        ...durable,
        createQueue(how) {
          const queue = durable.createQueue<never, never>(how as never)
          const told = (word: 'holdWork' | 'start' | 'takeWork') => (handlers?: never) => {
            held.push(word)
            queue[word](handlers as never)
          }
          return {
            ...queue,
            start: told('start'),
            holdWork: told('holdWork'),
            takeWork: told('takeWork'),
          } as never
        },
      }
    }
    disk.shortage = '512 MB left, 1024 MB needed'
    await start(env, { openDurable: watched })
    // Looked at before anything is claimed.
    expect(held.slice(0, 2)).toEqual(['holdWork', 'start'])
    const sentence = `The disk of ${join(root, 'state')} is nearly full (512 MB left, 1024 MB needed).`
    expect(await readyAt(env)).toEqual([503, sentence])
    disk.shortage = undefined
    await until(async () => (await readyAt(env))[0] === 200)
    expect(held.at(-1)).toBe('takeWork')
    expect(said.filter((text) => text.includes('disk'))).toEqual([
      `${sentence} No new work is begun until there is more; what runs goes on.`,
      `The disk of ${join(root, 'state')} has room again, and work goes on.`,
    ])
  })

  it('is not ready while GitHub is away, which it learns from a request that failed', async () => {
    const env = await good()
    const port = await aPort()
    const { id, privateKey } = forge.app('mill')
    let other: LocalForge | undefined = await aForge(port, { id, privateKey })
    const url = `http://127.0.0.1:${port}`
    // Every sleep but the patience with an answer is short: asking again comes soon.
    const clock = createNodeClock()
    const hurried = {
      ...clock,
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms === 5_000 ? 50 : ms, signal),
    }
    await start({ ...env, GITHUB_URL: url }, { clock: hurried })
    expect(await readyAt(env)).toEqual([200, 'ready'])
    said = []
    const app = other.app('mill')
    await other.close()
    other = undefined
    await deliver(env, { action: 'labeled' })
    await until(async () => (await readyAt(env))[0] === 503)
    const sentence = `${url} can't be reached (ECONNREFUSED).`
    expect(await readyAt(env)).toEqual([503, sentence])
    other = await aForge(port, { id: app.id, privateKey: app.privateKey })
    await until(async () => (await readyAt(env))[0] === 200)
    expect(said).toEqual([`${sentence} What needs it waits until it is back.`, `${url} answers again.`])
    await mills.pop()?.close()
    await other.close()
  })

  it('closes the door first, the database last, and both once', async () => {
    const env = await good()
    const app = await start(env)
    await Promise.all([app?.close(), app?.close()])
    expect(database.closed).toBe(1)
    await expect(fetch(`http://127.0.0.1:${env['PORT']}/health`)).rejects.toThrow('fetch failed')
  })

  it('runs twice in one process', async () => {
    const [one, other] = [await good(), await good('late')]
    const both = [await start(one), await start({ ...other, MILLWRIGHT_STATE: join(root, 'other') })]
    expect(both.map((app) => app?.webhookUrl)).toEqual(
      [one, other].map((env) => `http://127.0.0.1:${env['PORT']}/api/github/webhooks`),
    )
    await both[0]?.close()
    expect(await readyAt(other)).toEqual([200, 'ready'])
  })
})

describe('a worker', () => {
  it('needs no webhook secret and no port, and takes no deliveries', async () => {
    const { WEBHOOK_SECRET: _secret, PORT: _port, ...env } = await good()
    const app = await start(env, { role: 'worker', command: 'npm run mill -- worker' })
    expect(app?.webhookUrl).toBeUndefined()
    expect(said[0]).toContain('  webhooks   come in elsewhere: npm run mill -- web\n')
  })

  it('answers how it is where it was given a port, and nothing else', async () => {
    const env = await good()
    await start(env, { role: 'worker' })
    expect(await readyAt(env)).toEqual([200, 'ready'])
    expect(await deliveryTo(env)).toBe(404)
  })

  it('is told which command to run again', async () => {
    await start({}, { role: 'worker', command: 'npm run mill -- worker' })
    expect(said[0]).toContain('Mend them, then run npm run mill -- worker again.')
  })
})

describe('a process for deliveries only', () => {
  const web = async (env: Record<string, string>): Promise<App | undefined> => {
    const clock = createNodeClock()
    const say = (text: string): void => void said.push(text)
    const parts = { file: '/app/.env', command: 'npm run mill -- web', clock, say, openDurable }
    const app = await startWeb({
      ...parts,
      stop: stop.signal,
      env: readEnv({ PATH: '/usr/bin:/bin', ...env }),
    })
    if (app) mills.push(app)
    return app
  }

  it('needs no key, neither of the App nor of a model, and no sandbox', async () => {
    const port = String(await aPort())
    const env = { WEBHOOK_SECRET: 'a secret', MILLWRIGHT_STATE: join(root, 'state'), PORT: port }
    const app = await web(env)
    expect(said).toEqual([
      [
        'Millwright takes deliveries in. Workers do the rest: npm run mill -- worker',
        '',
        `  webhooks   http://127.0.0.1:${port}/api/github/webhooks`,
        `  state      ${join(root, 'state')}`,
        `  database   its own, in ${join(root, 'state', 'postgres')}`,
        '',
        'Ctrl-C stops it.',
      ].join('\n'),
    ])
    expect(app?.webhookUrl).toBe(`http://127.0.0.1:${port}/api/github/webhooks`)
    expect(await readyAt(env)).toEqual([200, 'ready'])
    expect(await deliveryTo(env)).toBe(401)
    database.fault = awayWith('57P01')
    await until(async () => (await readyAt(env))[0] === 503)
  })

  it('says every problem at once', async () => {
    expect(await web({ PORT: '-1', MILLWRIGHT_STATE: join(root, 'state') })).toBeUndefined()
    expect(said[0]).toContain('Millwright does not start: 2 problems.')
    expect(said[0]).toContain('Mend them, then run npm run mill -- web again.')
    expect(database.closed).toBe(1)
  })
})

function never(signal?: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** alice labels an issue; whether she may is asked of GitHub. */
async function deliver(env: Record<string, string>, { action }: { action: string }): Promise<void> {
  const repository = { id: 1, name: 'widget', owner: { login: 'acme' } }
  const user = { id: 2, login: 'alice', type: 'User' }
  const times = { created_at: '2026-11-19T09:00:00Z', updated_at: '2026-11-20T10:00:00Z' }
  const issue = { number: 1, title: 'Slow', body: '', state: 'open', user, labels: [], ...times }
  const label = { name: 'millwright' }
  const body = JSON.stringify({ action, repository, issue, label, sender: user })
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': signatureOf(body, 'a secret'),
  }
  const url = `http://127.0.0.1:${env['PORT']}/api/github/webhooks`
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202)
}

/** Unsigned, and so never taken in: what is asked is who answers. */
async function deliveryTo(env: Record<string, string>): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
  }
  const url = `http://127.0.0.1:${env['PORT']}/api/github/webhooks`
  return (await fetch(url, { method: 'POST', headers, body: '{}' })).status
}
