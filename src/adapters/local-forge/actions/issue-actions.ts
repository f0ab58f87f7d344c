/** What can be done to issues, whoever does it: routes and people share these, so webhooks are the same. */
import { characters } from '../fields.ts'
import { ApiError, invalid, unprocessable } from '../api-error.ts'
import { nodeId, renderAccount } from '../render/account.ts'
import { renderIssue, renderLabel } from '../render/issue.ts'
import { type PullIssue, renderBriefPull } from '../render/pull.ts'
import { renderRepository } from '../render/repository.ts'
import type { Actor, Issue, IssueEvent, Label, Repo, World } from '../world.ts'

export interface Scene {
  readonly world: World
  readonly repo: Repo
  readonly actor: Actor
}

/** GitHub's limit for titles and bodies, characters. */
const MAX_TITLE = 256
const MAX_BODY = 65_536

export function checkBody(resource: string, body: string | undefined): void {
  if (body !== undefined && characters(body) > MAX_BODY)
    throw invalid(resource, 'body', { message: `body is too long (maximum is ${MAX_BODY} characters)` })
}

/** The payload that every issue event has. */
export function announceIssue(
  { world, repo, actor }: Scene,
  issue: Issue,
  more: { event?: string; action: string; [key: string]: unknown },
): void {
  const { event = 'issues', ...rest } = more
  world.emit(repo, event, {
    ...rest,
    issue: { ...renderIssue(world, repo, issue) },
    repository: renderRepository(world, repo),
    sender: renderAccount(world, actor.account),
  })
}

export function newIssue(
  { world, repo, actor }: Scene,
  parts: { title: string; body: string | null; pull?: Issue['pull']; createdAt?: string | undefined },
): Issue {
  if (parts.title.trim() === '') throw invalid('Issue', 'title', { code: 'missing_field' })
  if (characters(parts.title) > MAX_TITLE)
    throw invalid('Issue', 'title', { message: `title is too long (maximum is ${MAX_TITLE} characters)` })
  checkBody('Issue', parts.body ?? undefined)
  const now = world.clock.now()
  const issue: Issue = {
    id: world.nextId(),
    // Issues and pull requests share one row of numbers per repository.
    number: Math.max(0, ...repo.issues.keys()) + 1,
    author: actor,
    createdAt: parts.createdAt ?? now,
    comments: [],
    reactions: [],
    events: [],
    pull: parts.pull,
    blockedBy: [],
    title: parts.title,
    body: parts.body,
    state: 'open',
    stateReason: null,
    labels: [],
    locked: false,
    lockReason: null,
    deleted: false,
    movedTo: undefined,
    updatedAt: now,
    editedAt: null,
    closedAt: null,
    closedBy: null,
  }
  repo.issues.set(issue.number, issue)
  return issue
}

export function openIssue(
  scene: Scene,
  parts: { title: string; body: string | null; labels: readonly string[]; createdAt?: string | undefined },
): Issue {
  const issue = newIssue(scene, parts)
  // GitHub's `opened` shows the labels already, and then each is told of once more.
  const labels = [...new Set(parts.labels.map((name) => labelOf(scene, name)))]
  issue.labels.push(...labels)
  announceIssue(scene, issue, { action: 'opened' })
  for (const label of labels) labelChanged(scene, issue, { action: 'labeled', label })
  return issue
}

export function record(
  { world, actor }: Scene,
  issue: Issue,
  what: Partial<IssueEvent> & { event: string },
): void {
  const createdAt = world.clock.now()
  issue.events.push({ id: world.nextId(), actor, commit: null, createdAt, ...what })
  issue.updatedAt = createdAt
}

/** Labels that the repository does not have yet are made, as GitHub does on POST. */
export function addLabels(scene: Scene, issue: Issue, names: readonly string[]): void {
  for (const name of names) {
    const label = labelOf(scene, name)
    if (issue.labels.includes(label)) continue
    issue.labels.push(label)
    labelChanged(scene, issue, { action: 'labeled', label })
  }
}

export function removeLabel(scene: Scene, issue: Issue, name: string): void {
  const label = issue.labels.find((known) => known.name.toLowerCase() === name.toLowerCase())
  if (!label) throw new ApiError(404, 'Label does not exist')
  issue.labels = issue.labels.filter((known) => known !== label)
  labelChanged(scene, issue, { action: 'unlabeled', label })
}

function labelChanged(scene: Scene, issue: Issue, { action, label }: { action: string; label: Label }): void {
  const { world, repo } = scene
  record(scene, issue, { event: action, label })
  announceMark(scene, issue, { action, label: renderLabel(world, repo, label) })
}

/** Of a pull request GitHub tells such things as `pull_request`, here without the figures that git would have to work out. */
function announceMark(scene: Scene, issue: Issue, more: { action: string; [key: string]: unknown }): void {
  if (!issue.pull) return announceIssue(scene, issue, more)
  const { world, repo, actor } = scene
  world.emit(repo, 'pull_request', {
    ...more,
    number: issue.number,
    pull_request: renderBriefPull({ world, repo }, issue as PullIssue),
    repository: renderRepository(world, repo),
    sender: renderAccount(world, actor.account),
  })
}

export function labelOf({ world, repo }: Pick<Scene, 'world' | 'repo'>, name: string): Label {
  if (name.trim() === '') throw unprocessable('Label name must not be blank')
  const known = repo.labels.get(name.toLowerCase())
  const label = known ?? { id: world.nextId(), name, color: 'ededed', description: null }
  repo.labels.set(name.toLowerCase(), label)
  return label
}

export interface IssueEdit {
  readonly title?: string
  readonly body?: string | null
  readonly state?: 'open' | 'closed'
  readonly stateReason?: Issue['stateReason']
}

export type Changes = Readonly<Record<string, { readonly from: string | null }>>

/** Returns what was changed, which is told here for issues, and by the caller for pull requests. */
export function editIssue(scene: Scene, issue: Issue, edit: IssueEdit): Changes {
  checkBody('Issue', edit.body ?? undefined)
  const changes: Record<string, { from: string }> = {}
  if (edit.title !== undefined && edit.title !== issue.title) changes['title'] = { from: issue.title }
  if (edit.body !== undefined && edit.body !== issue.body) changes['body'] = { from: issue.body ?? '' }
  const now = scene.world.clock.now()
  issue.title = edit.title ?? issue.title
  if (edit.body !== undefined) issue.body = edit.body
  if (changes['body']) issue.editedAt = now
  if (changes['title'])
    record(scene, issue, { event: 'renamed', rename: { from: changes['title'].from, to: issue.title } })
  if (Object.keys(changes).length > 0) {
    issue.updatedAt = now
    if (!issue.pull) announceIssue(scene, issue, { action: 'edited', changes })
  }
  if (edit.state !== undefined && edit.state !== issue.state) setState(scene, issue, edit)
  return changes
}

export function setState(scene: Scene, issue: Issue, edit: IssueEdit): void {
  const closed = edit.state === 'closed'
  issue.state = closed ? 'closed' : 'open'
  issue.stateReason = closed ? (edit.stateReason ?? 'completed') : 'reopened'
  issue.closedAt = closed ? scene.world.clock.now() : null
  issue.closedBy = closed ? scene.actor.account : null
  record(scene, issue, { event: closed ? 'closed' : 'reopened' })
  if (!issue.pull) announceIssue(scene, issue, { action: closed ? 'closed' : 'reopened' })
}

/** GitHub's reasons; none is a reason too. */
const LOCK_REASONS = ['off-topic', 'too heated', 'resolved', 'spam']

/** From then on only those with write access, and Apps, may comment. */
export function lockIssue(scene: Scene, issue: Issue, reason: string | null): void {
  if (reason !== null && !LOCK_REASONS.includes(reason)) throw invalid('Issue', 'lock_reason')
  if (issue.locked) return
  issue.locked = true
  issue.lockReason = reason
  record(scene, issue, { event: 'locked' })
  announceMark(scene, issue, { action: 'locked' })
}

export function unlockIssue(scene: Scene, issue: Issue): void {
  if (!issue.locked) return
  issue.locked = false
  issue.lockReason = null
  record(scene, issue, { event: 'unlocked' })
  announceMark(scene, issue, { action: 'unlocked' })
}

/** `by` must be closed before `issue`. GitHub knows a link only once, and none to itself. */
export function blockIssue(scene: Scene, issue: Issue, by: Issue['blockedBy'][number]): void {
  if (by.issue === issue) throw unprocessable('An issue cannot be blocked by itself.')
  if (issue.blockedBy.some((known) => known.issue === by.issue))
    throw unprocessable('This issue is already blocked by that issue.')
  issue.blockedBy.push(by)
  record(scene, issue, { event: 'blocked_by_added' })
}

/** A deleted issue answers 410 from then on. People do this on the page; there is no REST route for it. */
export function deleteIssue(scene: Scene, issue: Issue): void {
  issue.deleted = true
  announceIssue(scene, issue, { action: 'deleted' })
}

/** The installation part of a payload. */
export function simpleInstallation(id: number): Record<string, unknown> {
  return { id, node_id: nodeId('MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u', id) }
}
