/** The names things have outside: repositories, issues, runs and commits, as checked values. */
import { z } from 'zod'

/** A repository. `id` is GitHub's number, which survives renames; owner and name are for URLs and people only. */
const repoRef = z.strictObject({
  id: z.int().positive(),
  owner: z.string().min(1),
  name: z.string().min(1),
})
export type RepoRef = z.infer<typeof repoRef>

/** One issue of one repository. */
export const issueRef = z.strictObject({ repo: repoRef, number: z.int().positive() })
export type IssueRef = z.infer<typeof issueRef>

/** A person or App at GitHub. Authority hangs on `id`; `login` is for people to read (logins can be reused). */
export const actorRef = z.strictObject({ id: z.int().positive(), login: z.string().min(1) })
export type ActorRef = z.infer<typeof actorRef>

/** A full SHA-1 object name, lower case. */
export const objectId = z.string().regex(/^[0-9a-f]{40}$/, 'a full 40 character git object id')
export type ObjectId = z.infer<typeof objectId>

/** One journey of an issue down the line; part of ref names, markers and trailers, so letters and digits only. */
export const runId = z.string().regex(/^[a-z0-9]{8,32}$/)

/** SHA-256 in hex, for texts (issue, plan, config, locked tests). */
export const textHash = z.string().regex(/^[0-9a-f]{64}$/)

/** The key under which everything about one issue is queued and locked. */
export function issueKey(issue: IssueRef): string {
  return `${issue.repo.id}#${issue.number}`
}

/** `owner/name#12`, as people write it. */
export function issueName(issue: IssueRef): string {
  return `${issue.repo.owner}/${issue.repo.name}#${issue.number}`
}

/** The repository's page for people; the only place where links in our texts may point. */
export function repoPage(webUrl: string, repo: RepoRef): string {
  return `${webUrl}/${repo.owner}/${repo.name}`
}
