/** Keeps review comments at their lines while the head moves, and says which of them are outdated. */
import type { GitFileChange } from '../../../ports/git-host.ts'
import { diffLines, lineAt } from '../diff-position.ts'
import type { PullIssue } from '../render/pull.ts'
import type { Repo, ReviewComment } from '../world.ts'

/** Asks anew where each comment is, always from where it was made: a line that comes back is not outdated any more. */
export async function followLines(repo: Repo, { pull }: PullIssue): Promise<void> {
  if (pull.reviews.every((review) => review.comments.length === 0)) return
  const from = (await repo.git.mergeBase(pull.base, pull.head)) ?? pull.base
  const shown = await repo.git.diff(from, pull.head)
  for (const review of pull.reviews) {
    const since = await repo.git.diff(review.commit, pull.head)
    for (const comment of review.comments) Object.assign(comment, whereNow(comment, { shown, since }))
  }
}

interface Diffs {
  /** Of the pull request as it is now. */
  readonly shown: readonly GitFileChange[]
  /** From the commit that was commented on. */
  readonly since: readonly GitFileChange[]
}

const OUTDATED = { line: null, position: null }

function whereNow(comment: ReviewComment, { shown, since }: Diffs): Pick<ReviewComment, 'line' | 'position'> {
  const { path, side, originalLine } = comment
  const change = since.find((file) => file.path === path)
  const line = side === 'RIGHT' && change ? lineAfter(change, originalLine) : originalLine
  const patch = shown.find((file) => file.path === path)?.patch
  const at = line === undefined ? undefined : lineAt(patch, { line, side })
  return at && line !== undefined ? { line, position: at.position } : OUTDATED
}

/** Where a line of the old file is in the new one; undefined when it was changed or removed. */
function lineAfter({ patch }: GitFileChange, line: number): number | undefined {
  if (patch === undefined) return undefined
  let shift = 0
  for (const { left, right } of diffLines(patch)) {
    if (left === line) return right
    if (left !== undefined && left > line) break
    if (left === undefined) shift += 1
    else if (right === undefined) shift -= 1
  }
  return line + shift
}
