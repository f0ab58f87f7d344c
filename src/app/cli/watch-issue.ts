/** Webhooks without an App: an issue is read every few seconds, and what changed becomes what a webhook would have said. */
import { parseCommand } from '../../core/command-grammar.ts'
import type { IssueRef } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Comment, Issue, IssuesForge } from '../../ports/forge.ts'
import { saidJob } from '../../ports/incoming.ts'
import type { Incoming } from '../../ports/incoming.ts'
import type { Job } from '../../ports/queue.ts'

export interface WatchOptions {
  readonly issues: Pick<IssuesForge, 'issue' | 'comments'>
  readonly issue: IssueRef
  /** As it was when the run was asked for. */
  readonly seen: Issue
  readonly label: string
  /** Our own comments carry markers; the same account may also type commands. */
  readonly isOurs: (comment: Comment) => boolean
  readonly clock: Clock
  readonly everyMs: number
  readonly add: (job: Job<Incoming>) => Promise<void>
  /** GitHub was out of reach, or refused; watching goes on. */
  readonly onTrouble: (error: unknown) => void
}

/** Both reads are conditional, so an issue where nothing happens costs nothing of the quota. Runs until aborted. */
export async function watchIssue(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const watched = { ...options, known: await saidBefore(options, signal), last: options.seen, round: 0 }
  while (!signal.aborted) {
    await options.clock.sleep(options.everyMs, signal).catch(() => undefined)
    if (signal.aborted) return
    watched.round += 1
    try {
      await lookOnce(watched)
    } catch (error) {
      options.onTrouble(error)
    }
  }
}

/** What stood there at the beginning is nobody's answer, however long it takes to read it. */
async function saidBefore(options: WatchOptions, signal: AbortSignal): Promise<Set<number>> {
  const { issues, issue, clock, everyMs, onTrouble } = options
  while (!signal.aborted) {
    try {
      return new Set((await issues.comments(issue)).map(({ id }) => id))
    } catch (error) {
      onTrouble(error)
      await clock.sleep(everyMs, signal).catch(() => undefined)
    }
  }
  return new Set()
}

interface Watched extends WatchOptions {
  readonly known: Set<number>
  last: Issue
  round: number
}

async function lookOnce(watched: Watched): Promise<void> {
  const { issues, issue, clock } = watched
  const now = await issues.issue(issue)
  const at = clock.now()
  for (const incoming of changesOf(watched, now, at)) await tell(watched, incoming)
  watched.last = now
  for (const comment of await issues.comments(issue)) {
    if (watched.known.has(comment.id)) continue
    watched.known.add(comment.id)
    const said = wordOf(watched, comment, at)
    if (said) await tell(watched, said)
  }
}

async function tell(watched: Watched, payload: Incoming): Promise<void> {
  const { repo, number } = watched.issue
  const key = `${repo.id}#${number}`
  const isCommand = payload.kind === 'command_given'
  const id = isCommand ? saidJob(payload.comment) : `watch.${key}.${watched.round}.${payload.kind}`
  await watched.add({ id, key, payload })
}

/** Who did it is not in what we read; the issue's page shows it. */
function changesOf({ issue, label, last }: Watched, now: Issue, at: string): Incoming[] {
  const found: Incoming[] = []
  const event = (kind: 'issue_closed' | 'issue_locked'): Incoming => ({
    kind: 'run_event',
    issue,
    event: { kind, at, by: null },
  })
  if (now.state === 'closed' && last.state === 'open') found.push(event('issue_closed'))
  if (now.locked && !last.locked) found.push(event('issue_locked'))
  if (last.labels.includes(label) && !now.labels.includes(label))
    found.push({ kind: 'run_event', issue, event: { kind: 'label_removed', at, by: null, label } })
  if (now.title !== last.title || now.body !== last.body) {
    const text = { title: now.title, body: now.body, author: now.author }
    found.push({ kind: 'text_edited', at, issue, by: null, text })
  }
  return found
}

function wordOf(watched: Watched, comment: Comment, at: string): Incoming | undefined {
  const { issue, isOurs } = watched
  if (isOurs(comment) || comment.author === null || comment.viaApp) return undefined
  const by = comment.author
  if (parseCommand(comment.body).kind === 'none')
    return { kind: 'run_event', issue, event: { kind: 'facts_given', at, by } }
  const { id, createdAt: writtenAt, body } = comment
  return {
    kind: 'command_given',
    at,
    issue,
    place: 'issue',
    thread: issue.number,
    comment: id,
    by,
    writtenAt,
    body,
  }
}
