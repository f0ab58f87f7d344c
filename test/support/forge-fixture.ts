/** A local forge with a small repository, three people and an App, checked against GitHub's schema as it is used. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Octokit } from '@octokit/rest'
import { ProbotOctokit } from 'probot'
import { createGitHost } from '../../src/adapters/git/bare/create-git-host.ts'
import { createLocalForge, type LocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import type { SeedRepository } from '../../src/adapters/local-forge/seed.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { type GithubSchema, githubSchema } from './github-schema.ts'

export const REPO = { owner: 'acme', repo: 'widget' }

const ALL_EVENTS = [
  'check_run',
  'check_suite',
  'issue_comment',
  'issues',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'push',
  'repository',
  'status',
]

const ALL_PERMISSIONS = {
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
  statuses: 'write',
  administration: 'read',
} as const

export interface ForgeFixture {
  readonly forge: LocalForge
  readonly schema: GithubSchema
  readonly root: string
  /** Moves the forge's clock. Milliseconds. */
  advance(ms: number): void
  /** A client with a person's token: `alice` (admin), `wendy` (write), `bob` (nobody in particular). */
  user(login: string): Octokit
  anonymous(): Octokit
  /** The App on its installation, through createAppAuth. */
  installation(): InstanceType<typeof ProbotOctokit>
  /** The App as itself. */
  asApp(): InstanceType<typeof ProbotOctokit>
  close(): Promise<void>
}

export async function forgeFixture(
  options: { repositories?: readonly SeedRepository[]; permissions?: Record<string, 'read' | 'write'> } = {},
): Promise<ForgeFixture> {
  const root = await mkdtemp(join(tmpdir(), 'forge-'))
  const folder = join(root, 'seed')
  await mkdir(join(folder, 'src'), { recursive: true })
  await writeFile(join(folder, 'README.md'), '# Widget\n')
  await writeFile(join(folder, 'src', 'sum.js'), lines(20))
  const schema = githubSchema()
  let offset = 0
  const clock: Clock = {
    now: () => new Date(Date.now() + offset).toISOString(),
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  }
  const forge = await createLocalForge({
    gitHost: createGitHost({ root: join(root, 'repositories') }),
    clock,
    random: { hex: (bytes) => randomBytes(bytes).toString('hex') },
    users: [
      { login: 'acme', type: 'Organization' },
      ...['alice', 'wendy', 'bob'].map((login) => ({ login, token: `ghp_${login}` })),
    ],
    repositories: [
      {
        owner: 'acme',
        name: 'widget',
        folder,
        labels: ['bug'],
        collaborators: { alice: 'admin', wendy: 'write' },
      },
      ...(options.repositories ?? []),
    ],
    apps: [
      {
        slug: 'mill',
        events: ALL_EVENTS,
        installations: [{ account: 'acme' }],
        permissions: options.permissions ?? ALL_PERMISSIONS,
      },
    ],
    onExchange: (exchange) => schema.exchange(exchange),
  })
  const app = forge.app('mill')
  const quiet = { throttle: { enabled: false }, retry: { enabled: false }, log: SILENT, baseUrl: forge.url }
  const installationId = forge.state.installations[0]?.id
  const credentials = { appId: app.id, privateKey: app.privateKey }
  return {
    forge,
    schema,
    root,
    advance: (ms) => void (offset += ms),
    user: (login) => new Octokit({ auth: `ghp_${login}`, baseUrl: forge.url, log: SILENT }),
    anonymous: () => new Octokit({ baseUrl: forge.url, log: SILENT }),
    installation: () => new ProbotOctokit({ ...quiet, auth: { ...credentials, installationId } }),
    asApp: () => new ProbotOctokit({ ...quiet, auth: credentials }),
    async close() {
      try {
        await forge.close()
      } finally {
        await rm(root, { recursive: true, force: true })
      }
    },
  }
}

const quietly = () => {}
const SILENT = { debug: quietly, info: quietly, warn: quietly, error: quietly }

export const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')

/** The status and message of a refusal; fails when there is none. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    const { status, response } = error as {
      status?: number
      response?: { data?: { message?: string; errors?: { message?: string; code?: string }[] } }
    }
    if (status === undefined) throw error
    const first = response?.data?.errors?.[0]
    const detail = first?.message ?? first?.code
    return [status, response?.data?.message, ...(detail === undefined ? [] : [detail])].join(' ')
  }
  throw new Error('The forge accepted what GitHub refuses')
}
