/** Who put a label on last, and whether the issue's text is still the one they saw. */
import { isByForm } from '../../core/issue-form.ts'
import { issueName } from '../../core/ids.ts'
import type { IssueRef } from '../../core/ids.ts'
import { UserError } from '../../core/errors.ts'
import type { Labelling } from '../../ports/app-forge.ts'
import { isSameLabel } from './changed-issues.ts'
import { fieldsOf } from './github-api.ts'
import type { GithubApi } from './github-api.ts'
import { toActor } from './issue-comments.ts'
import { PAGE } from './pages.ts'
import { at } from './repository-path.ts'

const LAST_EDIT = `query ($id: ID!) {
  node(id: $id) {
    ... on Issue {
      lastEditedAt
    }
  }
}`

export async function labelling(
  api: GithubApi,
  issue: IssueRef,
  label: string,
): Promise<Labelling | undefined> {
  const intent = { doing: `to read ${issueName(issue)}`, needs: 'Issues: read' }
  const found = await api.readIfThere(issue.repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
      ...at(issue.repo),
      issue_number: issue.number,
    }),
  )
  // A transferred issue answers by redirect, as another one.
  if (found?.data.number !== issue.number) return undefined
  const { put, renamed } = await newestMark(api, issue, label)
  if (put?.event !== 'labeled') return undefined
  const { data } = found
  const editedSince = renamed || (await bodyEdited(api, issue, { id: data.node_id, since: put.created_at }))
  return {
    by: toActor(put.actor),
    labeller: labellerOf(put, data.created_at),
    at: put.created_at,
    editedSince,
  }
}

function labellerOf(put: RawEvent, opened: string): Labelling['labeller'] {
  // Bots and Apps have types of their own; who is gone is no person any more either.
  if (put.actor?.type !== 'User') return 'bot'
  return isByForm({ opened, labelled: put.created_at }) ? 'issue_form' : 'person'
}

/** What we read of GitHub's event. */
interface RawEvent {
  readonly event: string
  readonly created_at: string
  readonly actor: { readonly id: number | bigint; readonly login: string; readonly type?: string } | null
  readonly label?: { readonly name?: string | null }
}

interface Mark {
  /** The label put on or taken off last. */
  readonly put: RawEvent | undefined
  /** The title was changed after that. */
  readonly renamed: boolean
}

/** From the last page backwards: GitHub lists events from the oldest on, and somebody may have made thousands. */
async function newestMark(api: GithubApi, issue: IssueRef, label: string): Promise<Mark> {
  const first = await readEvents(api, issue, 1)
  let renamed = false
  for (let page = first.last; page >= 1; page--) {
    const { events } = page === 1 ? first : await readEvents(api, issue, page)
    for (const event of events.toReversed()) {
      if (event.event === 'renamed') renamed = true
      const about = /^(un)?labeled$/.test(event.event) && isSameLabel(event.label?.name ?? '', label)
      if (about) return { put: event, renamed }
    }
  }
  return { put: undefined, renamed }
}

async function readEvents(
  api: GithubApi,
  issue: IssueRef,
  page: number,
): Promise<{ events: readonly RawEvent[]; last: number }> {
  const intent = { doing: `to read what was done to ${issueName(issue)}`, needs: 'Issues: read' }
  const { data, headers } = await api.read(issue.repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/issues/{issue_number}/events', {
      ...at(issue.repo),
      issue_number: issue.number,
      per_page: PAGE,
      page,
    }),
  )
  const last = /[?&]page=(\d+)[^>]*>; rel="last"/.exec(headers.link ?? '')?.[1]
  return { events: data, last: Number(last ?? page) }
}

/** Only GraphQL says when a text was edited. Where it refuses, nobody can tell, and that counts as edited. */
async function bodyEdited(
  api: GithubApi,
  issue: IssueRef,
  { id, since }: { id: string; since: string },
): Promise<boolean> {
  const intent = { doing: `to see whether ${issueName(issue)} was edited`, needs: 'Issues: read' }
  try {
    const answer = await api.query(issue.repo, intent, (graphql) => graphql<unknown>(LAST_EDIT, { id }))
    const { lastEditedAt } = fieldsOf(fieldsOf(answer).node)
    if (lastEditedAt === null) return false
    // In the same second it may have been before or after.
    return !(typeof lastEditedAt === 'string' && Date.parse(lastEditedAt) < Date.parse(since))
  } catch (error) {
    if (error instanceof UserError) return true
    throw error
  }
}
