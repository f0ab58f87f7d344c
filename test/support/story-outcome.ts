/** What a story has led to: what stands on the forge, without ids and times, and what the factory knows of it. */
import type { Comment, Issue, Repo } from '../../src/adapters/local-forge/world.ts'
import { APP_SLUG, LABEL } from '../../src/app/demo/factory-floor.ts'
import { parseCommand } from '../../src/core/command-grammar.ts'
import { isTerminal } from '../../src/core/stage.ts'
import type { Stage } from '../../src/core/stage.ts'
import { decodeStateComment } from '../../src/core/state-comment.ts'
import type { RunState } from '../../src/core/state.ts'
import { issueOfBranch } from '../../src/core/branch-name.ts'
import { pullsOf } from './tell-story.ts'
import type { StoryWorld } from './story-world.ts'

export interface RunOutcome {
  readonly run: string
  readonly stage: Stage
  /** Why it waits or ended; empty where it does neither. */
  readonly reason: string
  /** When its comment was posted. */
  readonly postedAt: string
  readonly endedAt: string
  /** The comment as people see it. */
  readonly text: string
}

interface PullOutcome {
  readonly run: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly text: string
  readonly reviews: number
}

export interface IssueOutcome {
  /** `acme/red#1` */
  readonly name: string
  readonly key: string
  readonly isThere: boolean
  readonly isOpen: boolean
  readonly isLocked: boolean
  readonly body: string
  readonly labels: readonly string[]
  /** When the start label was put on last; empty where it never was. */
  readonly labelledAt: string
  /** That was while the issue was closed or its conversation locked. */
  readonly labelledShut: boolean
  /** Oldest first. */
  readonly runs: readonly RunOutcome[]
  readonly replies: readonly string[]
  /** What people said with `/mill`, and how it was reacted to. */
  readonly commands: readonly {
    readonly said: string
    readonly at: string
    readonly reactions: readonly string[]
  }[]
  readonly pulls: readonly PullOutcome[]
  readonly branches: readonly string[]
  /** What the factory last meant to write. */
  readonly known: RunState | undefined
}

const BOT = `${APP_SLUG}[bot]`

/** Of the story's issues, in its order. */
export async function outcomesOf(
  world: StoryWorld,
  cast: readonly { readonly repository: number; readonly number: number }[],
): Promise<readonly IssueOutcome[]> {
  return Promise.all(
    cast.map(({ repository, number }) => {
      const repo = world.forge.state.repos.find(({ id }) => id === repository)
      const issue = repo?.issues.get(number)
      if (!repo || !issue) throw new Error(`there is no #${number} in ${repository}`)
      return ofIssue(world, repo, issue)
    }),
  )
}

async function ofIssue(world: StoryWorld, repo: Repo, issue: Issue): Promise<IssueOutcome> {
  const { number } = issue
  const key = `${repo.id}#${number}`
  const ours = issue.comments.filter(({ author }) => author.account.login === BOT)
  const intent = await world.store.intent(key)
  // A run that waits from its first moment has a comment that was never edited to carry its state.
  const bare = (comment: Comment): RunState | undefined =>
    comment.id === intent?.comment && intent.state.rev === 0 ? intent.state : undefined
  const clean = (text: string): string => withoutChance(text, repo)
  const read = ours.map((comment) => ({
    comment,
    state: stateIn(world, { repo, issue, comment }) ?? bare(comment),
  }))
  const commands = issue.comments.filter(
    ({ author, body }) => author.account.type === 'User' && parseCommand(body).kind !== 'none',
  )
  return {
    // By number: a story may rename the repository in one world as in the other.
    name: `${repo.name.replaceAll('-', '')}#${number}`,
    key,
    isThere: !issue.deleted,
    isOpen: issue.state === 'open',
    isLocked: issue.locked,
    body: issue.body ?? '',
    labels: issue.labels.map(({ name }) => name),
    ...labellingOf(issue),
    runs: read.flatMap(({ comment, state }) => (state ? [runOf(state, { comment, clean })] : [])),
    replies: read.flatMap(({ comment, state }) => (state ? [] : [clean(comment.body)])),
    commands: commands.map(({ body, createdAt, reactions }) => ({
      said: clean(body),
      at: createdAt,
      reactions: reactions.map(({ content }) => content).toSorted(),
    })),
    pulls: pullsOf(world, `${repo.owner.login}/${repo.name}`, number).map((pull) => pullOutcome(pull, clean)),
    branches: [...(await repo.git.refs()).keys()]
      .map((ref) => ref.slice('refs/heads/'.length))
      .filter((name) => issueOfBranch(name) === number)
      .map(clean),
    known: intent?.state,
  }
}

function labellingOf({ events }: Issue): Pick<IssueOutcome, 'labelledAt' | 'labelledShut'> {
  const put = events.findLastIndex(({ event, label }) => event === 'labeled' && label?.name === LABEL)
  const before = events.slice(0, put + 1).map(({ event }) => event)
  const isShut = (by: string, until: string): boolean => before.lastIndexOf(by) > before.lastIndexOf(until)
  return {
    labelledAt: events[put]?.createdAt ?? '',
    labelledShut: isShut('closed', 'reopened') || isShut('locked', 'unlocked'),
  }
}

function stateIn(
  { signer }: StoryWorld,
  { repo, issue, comment }: { repo: Repo; issue: Issue; comment: Comment },
): RunState | undefined {
  const binding = { repoId: repo.id, issue: issue.number, commentId: comment.id }
  const decoded = decodeStateComment(comment.body, { signer, binding })
  return decoded.kind === 'state' ? decoded.state : undefined
}

function runOf(
  { run, at, entered_at: endedAt }: RunState,
  { comment, clean }: { comment: Comment; clean: (text: string) => string },
): RunOutcome {
  const text = clean(comment.body)
  const postedAt = comment.createdAt
  const reason = 'reason' in at ? at.reason.code : ''
  return { run, stage: at.stage, reason, postedAt, endedAt: isTerminal(at.stage) ? endedAt : '', text }
}

function pullOutcome({ title, body, state, pull }: Issue, clean: (text: string) => string): PullOutcome {
  const run = /run=([a-z0-9]+) /.exec(body ?? '')?.[1] ?? ''
  const text = clean(`${title}\n${body ?? ''}`)
  return { run, state: pull?.merged ? 'merged' : state, text, reviews: pull?.reviews.length ?? 0 }
}

/** Without what differs from world to world: ids, hashes, times, numbers of pull requests, the forge's address. */
function withoutChance(text: string, repo: Repo): string {
  const pulls = [...repo.issues.values()].filter(({ pull }) => pull).map(({ number }) => number)
  const named = new RegExp(`(#|/pull/)(${[0, ...pulls].join('|')})\\b`, 'g')
  return text
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(named, '$1PULL')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'FORGE')
    .replaceAll(/(millwright\/\d+-[a-z0-9-]*)-[0-9a-z]{4}\b/g, '$1')
    .replaceAll(/\b[0-9a-f]{7,64}\b/g, 'HASH')
    .replaceAll(/\b\d+(\.\d+)? ?(ms|s|min|h)\b( \d+ (s|min)\b)?/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, 'DATE')
    .replaceAll(/\b\d\d:\d\d\b/g, 'DATE')
    .trim()
}
