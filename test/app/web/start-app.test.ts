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
import type { Mill } from '../../../src/app/mill.ts'
import { createSandboxKit, type SandboxKit } from '../../../src/app/sandbox-kit.ts'
import { startApp, type StartParts } from '../../../src/app/web/start-app.ts'
import { UserError } from '../../../src/core/errors.ts'
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

const mills: Mill[] = []
let said: string[]
let stop: AbortController
beforeEach(() => {
  said = []
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

async function start(
  env: Record<string, string>,
  changes: Partial<StartParts> = {},
): Promise<Mill | undefined> {
  const mill = await startApp({
    env: readEnv({ PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...env }),
    file: '/app/.env',
    clock: createNodeClock(),
    random: createNodeRandom(),
    observer: { progress: () => SILENT, moved: () => undefined },
    say: (text) => void said.push(text),
    createKit: () => Promise.resolve(kit),
    stop: stop.signal,
    ...changes,
  })
  if (mill) mills.push(mill)
  return mill
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
        '',
        'Ctrl-C stops it.',
      ].join('\n'),
    ])
    expect(mill?.webhookUrl).toBe(`http://127.0.0.1:${env['PORT']}/api/github/webhooks`)
    expect((await fetch(`http://127.0.0.1:${env['PORT']}/health`)).status).toBe(200)
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
        ['PORT is "70000", which is not a port.', 'Set it to a number up to 65535, or remove it for 3000.'],
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

  it('of a machine without a sandbox', async () => {
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
      async sleep(ms: number) {
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
    const clock = { ...createNodeClock(), sleep: () => Promise.resolve() }
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
