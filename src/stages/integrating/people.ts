/** What the people of a pull request count for, looked up at the moment they are heard. */
import type { ActorRef, RepoRef } from '../../core/ids.ts'
import type { IssuesForge, Remark } from '../../ports/forge.ts'

/** True for those who may write now. Each person is asked for once in a look. */
export type MayWrite = (actor: ActorRef) => Promise<boolean>

export function rightsOf(issues: Pick<IssuesForge, 'permission'>, repo: RepoRef): MayWrite {
  const known = new Map<number, Promise<boolean>>()
  return (actor) => {
    const asked =
      known.get(actor.id) ??
      issues.permission(repo, actor).then((right) => right === 'write' || right === 'admin')
    known.set(actor.id, asked)
    return asked
  }
}

/** By a person's own hand: ours, bots' and those of deleted accounts ask for nothing. */
export function isByPerson(remark: Remark): remark is Remark & { readonly author: ActorRef } {
  return remark.author !== null && !remark.byBot && !remark.ours
}

export interface Reviewers {
  readonly approvedBy: readonly ActorRef[]
  readonly changesRequestedBy: readonly ActorRef[]
}

/**
 * The last word of everybody who may write; a comment takes back neither an approval nor a request. An approval of an
 * earlier head is void, and one is earlier when it was given before `since`; a request for changes stands until its
 * author takes it back.
 */
export async function reviewersOf(
  remarks: readonly Remark[],
  { since, mayWrite }: { since: string; mayWrite: MayWrite },
): Promise<Reviewers> {
  const last = new Map<number, Remark & { readonly author: ActorRef }>()
  for (const remark of remarks)
    if (remark.kind === 'review' && remark.verdict !== 'commented' && isByPerson(remark))
      last.set(remark.author.id, remark)
  const approvedBy: ActorRef[] = []
  const changesRequestedBy: ActorRef[] = []
  for (const { author, verdict, createdAt } of last.values()) {
    const counts = verdict === 'changes_requested' || Date.parse(createdAt) >= Date.parse(since)
    if (!counts || !(await mayWrite(author))) continue
    if (verdict === 'approved') approvedBy.push(author)
    else changesRequestedBy.push(author)
  }
  return { approvedBy, changesRequestedBy }
}
