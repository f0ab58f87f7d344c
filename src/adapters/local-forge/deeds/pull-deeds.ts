/** What people do on the pages of pull requests: open, review, talk on lines, resolve, merge, report checks. */
import type { ObjectId } from '../../../core/ids.ts'
import { applyCheck, newCheck } from '../actions/check-actions.ts'
import { mergePull } from '../actions/merge-actions.ts'
import { changeIssue, openPull, setDraft } from '../actions/pull-actions.ts'
import { addReview } from '../actions/review-actions.ts'
import { MAX_DESCRIPTION, newStatus } from '../actions/status-actions.ts'
import { addReply, resolveThread, threadWith } from '../actions/thread-actions.ts'
import type { Scene } from '../actions/issue-actions.ts'
import { fieldsOf } from '../fields.ts'
import type { Repo } from '../world.ts'
import { ownOr } from './issue-deeds.ts'
import { type At, pullIn } from './where.ts'

interface LineComment {
  readonly path: string
  /** Of the file on the head, in the diff. */
  readonly line: number
  readonly body: string
}

interface ReviewDeed {
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED'
  readonly body: string
  readonly comments?: readonly LineComment[]
}

interface Report {
  readonly name: string
  /** Null: still going on. The next report of that name on the commit ends it. */
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'skipped' | 'cancelled' | 'timed_out' | null
  readonly summary?: string
  readonly url?: string
}

export interface PullDeeds {
  openPull(
    repo: string,
    pull: { title: string; head: string; base?: string; body?: string; draft?: boolean },
  ): Promise<number>
  editPull(repo: string, number: number, edit: { title?: string; body?: string }): Promise<void>
  /** Returns the review's id. */
  review(repo: string, number: number, review: ReviewDeed): Promise<number>
  /** A comment on one line, published at once. Returns its id, which is also how its thread is named below. */
  reviewLine(repo: string, number: number, comment: LineComment): Promise<number>
  /** An answer in the thread of a comment. Returns its id. */
  reply(repo: string, comment: number, body: string): Promise<number>
  resolve(repo: string, comment: number): Promise<void>
  unresolve(repo: string, comment: number): Promise<void>
  markReady(repo: string, number: number): Promise<void>
  convertToDraft(repo: string, number: number): Promise<void>
  merge(repo: string, number: number): Promise<ObjectId>
  /** A check run where an App does it (`as('ci[bot]')`), a commit status where a person does. */
  report(repo: string, sha: ObjectId, report: Report): Promise<void>
}

export function pullDeeds(at: At): PullDeeds {
  return {
    async openPull(repo, { title, head, base, body, draft = false }) {
      const scene = at(repo, 'read', 'pull_requests')
      const into = base ?? scene.repo.defaultBranch
      return (await openPull(scene, { title, head, base: into, body: body ?? null, draft })).number
    },
    async editPull(repo, number, edit) {
      const scene = ownOr(at, repo, number)
      await changeIssue(scene, pullIn(scene.repo, number), edit)
    },
    ...talk(at),
    markReady: (repo, number) => draft(at, repo, { number, to: false }),
    convertToDraft: (repo, number) => draft(at, repo, { number, to: true }),
    async merge(repo, number) {
      const scene = at(repo, 'write', 'contents')
      const plain = { method: 'merge', sha: undefined, title: undefined, message: undefined }
      return mergePull(scene, pullIn(scene.repo, number), plain)
    },
    async report(repo, sha, report) {
      const byApp = at(repo, 'write', ['checks', 'statuses'])
      if (byApp.actor.app) await reportCheck(at(repo, 'write', 'checks'), sha, report)
      else await reportStatus(at(repo, 'write', 'statuses'), sha, report)
    },
  }
}

async function draft(at: At, repo: string, { number, to }: { number: number; to: boolean }): Promise<void> {
  const scene = at(repo, 'write', 'pull_requests')
  await setDraft(scene, pullIn(scene.repo, number), to)
}

function talk(at: At): Pick<PullDeeds, 'review' | 'reviewLine' | 'reply' | 'resolve' | 'unresolve'> {
  const review = async (repo: string, number: number, { state, body, comments = [] }: ReviewDeed) => {
    const scene = at(repo, 'read', 'pull_requests')
    const placed = comments.map((comment) => ({ ...comment, ...ON_HEAD }))
    return addReview(scene, pullIn(scene.repo, number), { state, body, commit: undefined, comments: placed })
  }
  const settle = async (repo: string, comment: number, resolved: boolean) => {
    const scene = at(repo, 'read', 'pull_requests')
    await resolveThread(scene, threadIn(scene.repo, comment), resolved)
  }
  return {
    review: async (repo, number, deed) => (await review(repo, number, deed)).id,
    async reviewLine(repo, number, comment) {
      const made = await review(repo, number, { state: 'COMMENTED', body: '', comments: [comment] })
      return made.comments[0]?.id ?? 0
    },
    async reply(repo, comment, body) {
      const scene = at(repo, 'read', 'pull_requests')
      const { issue, first } = threadIn(scene.repo, comment)
      return (await addReply(scene, { issue, to: first.comment.id, body })).comment.id
    },
    resolve: (repo, comment) => settle(repo, comment, true),
    unresolve: (repo, comment) => settle(repo, comment, false),
  }
}

const ON_HEAD = {
  position: undefined,
  side: 'RIGHT',
  startLine: undefined,
  startSide: undefined,
} as const

function threadIn(repo: Repo, comment: number) {
  const thread = threadWith(repo, comment)
  if (!thread) throw new Error(`There is no review comment ${comment} in ${repo.name}`)
  return thread
}

async function reportCheck(scene: Scene, sha: ObjectId, report: Report): Promise<void> {
  const { name, conclusion, summary, url } = report
  const fields = fieldsOf({
    name,
    head_sha: sha,
    ...(conclusion === null ? { status: 'in_progress' } : { conclusion }),
    ...(summary !== undefined && { output: { title: name, summary } }),
    ...(url !== undefined && { details_url: url }),
  })
  const open = scene.repo.checks.findLast(
    (known) => known.name === name && known.head === sha && known.app === scene.actor.app,
  )
  if (open && open.status !== 'completed') await applyCheck(scene, open, fields)
  else await newCheck(scene, fields)
}

async function reportStatus(scene: Scene, sha: ObjectId, report: Report): Promise<void> {
  const { name, conclusion, summary, url } = report
  const good = conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped'
  await newStatus(scene, {
    sha,
    state: conclusion === null ? 'pending' : good ? 'success' : 'failure',
    context: name,
    description: summary === undefined ? null : Array.from(summary).slice(0, MAX_DESCRIPTION).join(''),
    targetUrl: url ?? null,
  })
}
