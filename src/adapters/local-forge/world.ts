/** What the forge knows: plain records, all in memory; file contents and history are in real git repositories. */
import type { KeyObject } from 'node:crypto'
import type { ObjectId } from '../../core/ids.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { BareRepository, GitHost } from '../../ports/git-host.ts'
import type { Delivery } from './delivery.ts'

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
  /** Where webhooks go; none until somebody listens. */
  hook: { readonly url: string; readonly secret: string } | undefined
}

export interface Installation {
  readonly id: number
  readonly app: AppRecord
  readonly account: Account
  readonly repositories: 'all' | ReadonlySet<number>
  readonly permissions: Permissions
  readonly createdAt: string
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
  readonly path: string
  readonly body: string
  readonly line: number
  readonly side: 'LEFT' | 'RIGHT'
  readonly startLine: number | null
  readonly startSide: 'LEFT' | 'RIGHT' | null
  readonly position: number
  readonly diffHunk: string
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
  title: string
  body: string | null
  state: 'open' | 'closed'
  stateReason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null
  labels: Label[]
  locked: boolean
  deleted: boolean
  updatedAt: string
  closedAt: string | null
  closedBy: Account | null
}

export interface Annotation {
  readonly path: string
  readonly start_line: number
  readonly end_line: number
  readonly start_column: number | null
  readonly end_column: number | null
  readonly annotation_level: string
  readonly title: string | null
  readonly message: string
  readonly raw_details: string | null
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

/** What merging into a branch requires; the part of branch protection that the forge keeps to. */
export interface Protection {
  readonly strict: boolean
  readonly contexts: readonly string[]
  readonly approvals: number
}

export interface Repo {
  readonly id: number
  readonly owner: Account
  readonly name: string
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
  nextId(): number
  /** Base URL without a slash at the end; the same for pages and API. */
  base: string
  /** Tells every App that listens; returns at once. */
  emit(repo: Repo, event: string, payload: Record<string, unknown>): void
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
