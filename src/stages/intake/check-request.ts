/** Who asked for work, for which text, and what stands in the way. All looked up now: a label is days old in a long queue. */
import { isSameLabel } from '../../core/same-label.ts'
import type { Config } from '../../core/config.ts'
import { issueText } from '../../core/issue-hash.ts'
import type { ActorRef } from '../../core/ids.ts'
import type { AskedText, RunState } from '../../core/state.ts'
import { textDifference } from '../../core/text-difference.ts'
import type { Issue, IssuesForge, Permission, Repository } from '../../ports/forge.ts'
import type { Signer } from '../../ports/signer.ts'
import { refuse } from './refuse.ts'

export interface RequestDeps {
  readonly issues: Pick<IssuesForge, 'issue' | 'permission' | 'repository' | 'blockers'>
  readonly signer: Pick<Signer, 'hash'>
}

export interface Request {
  readonly issue: Issue
  /** What is worked from: as it was when the label was added. */
  readonly text: AskedText
  /** Of the issue. */
  readonly author: ActorRef
  readonly repository: Repository
}

/** More names than this make no list that anybody reads. */
const MOST_BLOCKERS = 50

function mayStart(permission: Permission): boolean {
  return permission === 'write' || permission === 'admin'
}

function checkLabeller({ labelled_by: by, requester }: RunState): void {
  if (by === 'bot') refuse('not_by_person', `${requester.login} is no person.`)
  if (by === 'issue_form') {
    refuse(
      'not_by_person',
      'The label came with the issue; a person has to add it: take it off and add it again.',
    )
  }
}

/** What one look at the issue tells. */
function checkIssue(issue: Issue, run: RunState): ActorRef {
  if (issue.state !== 'open') refuse('issue_gone', 'The issue is closed.')
  if (!issue.labels.some((label) => isSameLabel(label, run.label)))
    refuse('issue_gone', `The label "${run.label}" is not on the issue.`)
  if (issue.locked) refuse('issue_locked', '')
  return issue.author ?? refuse('author_not_permitted', 'The account that wrote the issue was deleted.')
}

/** The webhook of an edit can be lost or still be under way; nobody approved the text that is there now. */
function textOf(issue: Issue, asked: AskedText | null, signer: Pick<Signer, 'hash'>): AskedText {
  const { title, body, author } = issue
  const now = { title, body, author, hash: signer.hash(issueText(issue)) }
  if (asked === null) return now
  if (asked.hash !== now.hash) refuse('issue_changed', textDifference(asked, now), true)
  return asked
}

/** Cheapest first: what is known already, then one request for each answer, and nothing is fetched yet. */
export async function checkRequest(
  deps: RequestDeps,
  run: RunState,
  asked: AskedText | null,
): Promise<Request> {
  checkLabeller(run)
  const issue = await deps.issues.issue(run.issue)
  const author = checkIssue(issue, run)
  const permission = await deps.issues.permission(run.issue.repo, run.requester)
  if (!mayStart(permission)) {
    refuse('not_permitted', `${run.requester.login} has the permission "${permission}"; "write" is needed.`)
  }
  const text = textOf(issue, asked, deps.signer)
  const repository = await deps.issues.repository(run.issue.repo)
  if (repository.archived) refuse('repository_archived', '')
  if (repository.empty) refuse('repository_empty', '')
  const blockers = await deps.issues.blockers(run.issue)
  if (blockers.length > 0) {
    // One name per line and nothing else: the run goes on when the issue of that name is closed.
    const names = blockers.slice(0, MOST_BLOCKERS).map(({ name }) => name)
    refuse('waits_for_issues', names.join('\n').slice(0, 2000), true)
  }
  return { issue, text, author, repository }
}

/** Whoever wrote the issue says what models read and programs do, so it is somebody who might have written the code. */
export async function checkAuthor(
  issues: Pick<IssuesForge, 'permission'>,
  run: RunState,
  { author, config }: { author: ActorRef; config: Config },
): Promise<void> {
  if (author.id === run.requester.id) return
  if (config.trust.authors.includes(author.login.toLowerCase())) return
  const permission = await issues.permission(run.issue.repo, author)
  if (mayStart(permission)) return
  refuse('author_not_permitted', `${author.login} has the permission "${permission}".`)
}
