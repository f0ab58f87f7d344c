/** Builds the world that a forge starts with from what its owner lists. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { UserError } from '../../core/errors.ts'
import type { Account, AppRecord, Permissions, Repo, Role, World } from './world.ts'

export interface SeedUser {
  readonly login: string
  readonly type?: 'User' | 'Organization'
  readonly name?: string
  readonly email?: string
  readonly id?: number
  /** A personal access token for this account. */
  readonly token?: string
}

export interface SeedApp {
  readonly slug: string
  readonly id?: number
  readonly name?: string
  /** Login of the owner; default: the first user. */
  readonly owner?: string
  /** PEM. Without one a key is made; `app(slug).privateKey` hands it out. */
  readonly privateKey?: string
  readonly permissions: Permissions
  readonly events: readonly string[]
  readonly webhook?: { readonly url: string; readonly secret: string }
  /** Default true. */
  readonly public?: boolean
  readonly setupUrl?: string
  readonly installations: readonly {
    readonly account: string
    /** Names of repositories; all of the account when absent. */
    readonly repositories?: readonly string[]
    readonly permissions?: Permissions
  }[]
}

export interface SeedRepository {
  readonly owner: string
  readonly name: string
  readonly description?: string
  readonly private?: boolean
  readonly archived?: boolean
  /** False: drafts are refused with 422. Default true. */
  readonly drafts?: boolean
  readonly defaultBranch?: string
  /** Folder of ordinary files for the first commit; without it the repository is empty. */
  readonly folder?: string
  readonly collaborators?: Readonly<Record<string, Role>>
  readonly labels?: readonly string[]
}

/** What is kept of an App for its operator; the forge itself only needs the public half. */
export interface AppCredentials {
  readonly id: number
  readonly clientId: string
  readonly privateKey: string
}

export function seedUser(world: World, seed: SeedUser): Account {
  const key = seed.login.toLowerCase()
  if (world.accounts.has(key)) throw wrong(`account "${seed.login}" is listed twice; list it once`)
  const account: Account = {
    id: seed.id ?? world.nextId(),
    login: seed.login,
    type: seed.type ?? 'User',
    name: seed.name ?? seed.login,
    email: seed.email ?? `${key}@example.com`,
    createdAt: world.clock.now(),
  }
  world.accounts.set(key, account)
  if (seed.token !== undefined) world.tokens.set(seed.token, { kind: 'user', token: seed.token, account })
  return account
}

export async function seedRepository(world: World, seed: SeedRepository): Promise<Repo> {
  const owner = accountOf(world, seed.owner)
  const git = await world.gitHost.repository(owner.login, seed.name)
  const now = world.clock.now()
  const repo: Repo = {
    id: world.nextId(),
    owner,
    name: seed.name,
    description: seed.description ?? null,
    private: seed.private ?? false,
    drafts: seed.drafts ?? true,
    defaultBranch: seed.defaultBranch ?? 'main',
    git,
    createdAt: now,
    collaborators: new Map(),
    labels: new Map(),
    issues: new Map(),
    checks: [],
    statuses: [],
    protection: new Map(),
    signed: new Set(),
    archived: seed.archived ?? false,
    pushedAt: now,
  }
  for (const [login, role] of Object.entries(seed.collaborators ?? {}))
    repo.collaborators.set(accountOf(world, login).login.toLowerCase(), role)
  for (const name of seed.labels ?? [])
    repo.labels.set(name.toLowerCase(), { id: world.nextId(), name, color: 'ededed', description: null })
  world.repos.push(repo)
  if (seed.folder !== undefined && !(await git.ref(`refs/heads/${repo.defaultBranch}`)))
    await world.gitHost.importFolder(git, {
      folder: seed.folder,
      branch: repo.defaultBranch,
      message: 'Initial commit',
      author: { name: owner.name, email: owner.email, date: now },
    })
  return repo
}

export function seedApp(world: World, seed: SeedApp): AppCredentials {
  const owner = accountOf(world, seed.owner ?? [...world.accounts.keys()][0] ?? '')
  const privateKey = seed.privateKey ?? newKey()
  const now = world.clock.now()
  const bot = { type: 'Bot' as const, name: `${seed.slug}[bot]`, login: `${seed.slug}[bot]`, email: '' }
  const id = seed.id ?? world.nextId()
  const app: AppRecord = {
    id,
    slug: seed.slug,
    name: seed.name ?? seed.slug,
    clientId: `Iv23li${String(id).padStart(14, '0')}`,
    owner,
    bot: { ...bot, id: world.nextId(), createdAt: now },
    publicKey: createPublicKey(privateKey),
    permissions: seed.permissions,
    events: seed.events,
    createdAt: now,
    public: seed.public ?? true,
    setupUrl: seed.setupUrl,
    hook: seed.webhook,
  }
  world.apps.push(app)
  world.accounts.set(app.bot.login.toLowerCase(), app.bot)
  for (const each of seed.installations) install(world, app, each)
  return { id, clientId: app.clientId, privateKey }
}

export function install(world: World, app: AppRecord, seed: SeedApp['installations'][number]): void {
  const account = accountOf(world, seed.account)
  const chosen = seed.repositories?.map((name) => {
    const found = world.repos.find((repo) => repo.owner === account && repo.name === name)
    if (!found)
      throw wrong(`App "${app.slug}" is installed on "${name}", which "${seed.account}" does not have`)
    return found.id
  })
  world.installations.push({
    id: world.nextId(),
    app,
    account,
    repositories: chosen ? new Set(chosen) : 'all',
    permissions: seed.permissions ?? app.permissions,
    createdAt: world.clock.now(),
    suspended: undefined,
  })
}

export function accountOf(world: World, login: string): Account {
  const found = world.accounts.get(login.toLowerCase())
  if (!found) throw wrong(`there is no account "${login}"; add it to the users of the forge`)
  return found
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
}

const wrong = (what: string) => new UserError('config_invalid', `Local forge: ${what}.`)
