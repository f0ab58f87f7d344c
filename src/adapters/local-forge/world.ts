/** What the forge knows: plain records, all in memory; file contents and history are in real git repositories. */
import type { KeyObject } from 'node:crypto'
import type { ObjectId } from '../../core/ids.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { BareRepository, GitHost } from '../../ports/git-host.ts'
import type { Annotation } from './annotation.ts'
import type { Delivery } from './delivery.ts'
import type { Protection } from './protection.ts'
import type { Conversion } from './conversion.ts'

export interface Account {
  readonly id: number
  readonly login: string
  readonly type: 'User' | 'Organization' | 'Bot'
  readonly name: string
  readonly email: string
  readonly createdAt: string
}

export type Level = 'read' | 'write' | 'admin'
export type Permissions = Readonly<Record<string, Level>>

/** Roles on a repository, lowest first. */
const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
export type Role = (typeof ROLES)[number]

export interface AppRecord {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly clientId: string
  readonly owner: Account
  readonly bot: Account
  readonly publicKey: KeyObject
  readonly permissions: Permissions
  readonly events: readonly string[]
  readonly createdAt: string
  /** False: it can be installed on its owner's account only. */
  readonly public: boolean
  /** Where people are sent after installing it. */
  readonly setupUrl: string | undefined
  /** Where webhooks go; none until somebody listens. */
  hook: { readonly url: string; readonly secret: string } | undefined
}

export interface Installation {
  readonly id: number
  readonly app: AppRecord
  readonly account: Account
  readonly permissions: Permissions
  readonly createdAt: string
  /** Changes when its owner takes a repository out, and every token loses it at once. */
  repositories: 'all' | ReadonlySet<number>
  /** Then nothing is told to the App, and every token of it is refused. */
  suspended: { readonly at: string; readonly by: Account } | undefined
}

/** Who does something: a person, or an App through its bot. */
export interface Actor {
  readonly account: Account
  readonly app: AppRecord | null
}

/** Whom a request speaks for. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly app: AppRecord }
  | { readonly kind: 'user'; readonly token: string; readonly account: Account }
  | {
      readonly kind: 'installation'
      readonly token: string
      readonly installation: Installation
      readonly repositories: 'all' | ReadonlySet<number>
      readonly permissions: Permissions
      readonly expiresAt: string
    }

export interface Label {
  readonly id: number
  readonly name: string
  readonly color: string
  readonly description: string | null
}

export interface Reaction {
  readonly id: number
  readonly user: Account
  readonly content: string
  readonly createdAt: string
}

export interface IssueEvent {
  readonly id: number
  readonly event: string
  readonly actor: Actor
  readonly label?: Label
  /** Of a changed title. */
  readonly rename?: { readonly from: string; readonly to: string }
  readonly commit: ObjectId | null
  readonly createdAt: string
}

export interface Comment {
  readonly id: number
  readonly author: Actor
  readonly createdAt: string
  readonly reactions: Reaction[]
  /** Newest last; the first entry is the creation, which GitHub adds with the first edit. */
  readonly edits: { readonly editor: Account; readonly at: string; readonly body: string }[]
  body: string
  updatedAt: string
}

export interface ReviewComment {
  readonly id: number
  /** The first comment of its thread; null for that one. */
  readonly replyTo: number | null
  readonly path: string
  readonly body: string
  readonly side: 'LEFT' | 'RIGHT'
  readonly originalLine: number
  readonly startLine: number | null
  readonly startSide: 'LEFT' | 'RIGHT' | null
  readonly originalPosition: number
  readonly diffHunk: string
  /** Where it is on the head now; both null once the line changed: outdated. */
  line: number | null
  position: number | null
}

export interface Review {
  readonly id: number
  readonly author: Actor
  readonly body: string
  readonly state: 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'PENDING'
  readonly commit: ObjectId
  readonly submittedAt: string
  readonly comments: readonly ReviewComment[]
}

export interface Pull {
  readonly headBranch: string
  readonly reviews: Review[]
  /** Threads that are resolved, by the id of their first comment, and who did it. */
  readonly resolved: Map<number, Account>
  baseBranch: string
  head: ObjectId
  base: ObjectId
  draft: boolean
  merged: { readonly at: string; readonly by: Account; readonly commit: ObjectId } | undefined
}

export interface Issue {
  readonly id: number
  readonly number: number
  readonly author: Actor
  readonly createdAt: string
  readonly comments: Comment[]
  readonly reactions: Reaction[]
  readonly events: IssueEvent[]
  readonly pull: Pull | undefined
  /** Issues that must be closed first, of any repository here. */
  readonly blockedBy: { readonly repo: Repo; readonly issue: Issue }[]
  title: string
  body: string | null
  state: 'open' | 'closed'
  stateReason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null
  labels: Label[]
  locked: boolean
  lockReason: string | null
  deleted: boolean
  /** Where it was transferred to; its old number only points there. */
  movedTo: { readonly repo: Repo; readonly issue: Issue } | undefined
  updatedAt: string
  /** When the body was last edited; a title does not count, as at GitHub. */
  editedAt: string | null
  closedAt: string | null
  closedBy: Account | null
}

export interface CheckRun {
  readonly id: number
  readonly suite: number
  readonly app: AppRecord
  readonly head: ObjectId
  name: string
  externalId: string
  detailsUrl: string | null
  status: string
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
  title: string | null
  summary: string | null
  text: string | null
  annotations: Annotation[]
}

export interface Status {
  readonly id: number
  readonly sha: ObjectId
  readonly state: string
  readonly context: string
  readonly description: string | null
  readonly targetUrl: string | null
  readonly creator: Account
  readonly createdAt: string
}

export interface Repo {
  readonly id: number
  readonly description: string | null
  readonly private: boolean
  /** False: drafts are refused, as on private repositories of free plans. */
  readonly drafts: boolean
  readonly defaultBranch: string
  readonly git: BareRepository
  readonly createdAt: string
  readonly collaborators: Map<string, Role>
  readonly labels: Map<string, Label>
  readonly issues: Map<number, Issue>
  readonly checks: CheckRun[]
  readonly statuses: Status[]
  readonly protection: Map<string, Protection>
  /** Commits made through the API by an App without author fields: the ones GitHub signs. */
  readonly signed: Set<ObjectId>
  owner: Account
  name: string
  archived: boolean
  pushedAt: string
}

/** One forge. `nextId` counts everything, so that no two things share a number. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly gitHost: GitHost
  readonly accounts: Map<string, Account>
  readonly apps: AppRecord[]
  readonly installations: Installation[]
  readonly tokens: Map<string, Exclude<Principal, { kind: 'anonymous' | 'app' }>>
  readonly repos: Repo[]
  /** Former `owner/name`, lower case, of what was renamed or transferred: GitHub redirects from there. */
  readonly formerNames: Map<string, Repo>
  /** Of the manifest flow, by code; gone once exchanged. */
  readonly conversions: Map<string, Conversion>
  nextId(): number
  /** Base URL without a slash at the end; the same for pages and API. */
  base: string
  /** Tells every App that listens; returns at once. */
  emit(repo: Repo, event: string, payload: Record<string, unknown>): void
  /** Tells one App of its own installation, whatever events it asked for. */
  notify(installation: Installation, event: string, payload: Record<string, unknown>): void
  /** How old something new must be before lists show it; milliseconds. GitHub's reads may lag behind its writes. */
  readLag: number
  readonly deliveries: readonly Delivery[]
  redeliver(delivery: Delivery): void
}

export function findRepo(world: World, owner: string, name: string): Repo | undefined {
  const wanted = `${owner}/${name}`.toLowerCase()
  return world.repos.find((repo) => fullName(repo).toLowerCase() === wanted)
}

export function fullName(repo: Repo): string {
  return `${repo.owner.login}/${repo.name}`
}

/** Role of an account here and now; owners are admins, everybody may read what is public. */
export function roleOf(repo: Repo, account: Account): Role {
  if (repo.owner.id === account.id) return 'admin'
  return repo.collaborators.get(account.login.toLowerCase()) ?? (repo.private ? 'none' : 'read')
}

export function atLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

/** Of a list what it shows already: by its own number everything is found at once. */
export function listed<T extends { readonly createdAt: string }>(world: World, items: readonly T[]): T[] {
  const shown = Date.parse(world.clock.now()) - world.readLag
  return world.readLag === 0 ? [...items] : items.filter((item) => Date.parse(item.createdAt) <= shown)
}

/** The installations that see a repository. */
export function installationsOf(world: World, repo: Repo): Installation[] {
  return world.installations.filter((installation) => covers(installation, repo))
}

export function covers(
  scope: { readonly account: Account; readonly repositories: 'all' | ReadonlySet<number> },
  repo: Repo,
): boolean {
  if (scope.repositories === 'all') return scope.account.id === repo.owner.id
  return scope.repositories.has(repo.id)
}
