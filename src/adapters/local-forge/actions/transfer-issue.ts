/** An issue goes to another repository of the same owner: new number there, and the old one only points to it. */
import { unprocessable } from '../api-error.ts'
import { renderIssue } from '../render/issue.ts'
import { renderRepository } from '../render/repository.ts'
import type { Issue, Repo } from '../world.ts'
import { announceIssue, newIssue, type Scene } from './issue-actions.ts'

/** `scene` is where it was. Comments go along; labels only where the other repository has them by name. */
export function transferIssue(scene: Scene, issue: Issue, target: Repo): Issue {
  const { world, repo } = scene
  if (issue.pull) throw unprocessable('Pull requests cannot be transferred.')
  if (target === repo || target.owner.id !== repo.owner.id)
    throw unprocessable('Issues can only be transferred between repositories of the same owner.')
  const there = { ...scene, repo: target }
  const moved = newIssue({ ...there, actor: issue.author }, { title: issue.title, body: issue.body })
  moved.comments.push(...issue.comments.splice(0))
  moved.labels = issue.labels.flatMap(({ name }) => target.labels.get(name.toLowerCase()) ?? [])
  announceIssue(scene, issue, {
    action: 'transferred',
    changes: {
      new_issue: renderIssue(world, target, moved),
      new_repository: renderRepository(world, target),
    },
  })
  const old = { old_issue: renderIssue(world, repo, issue), old_repository: renderRepository(world, repo) }
  announceIssue(there, moved, { action: 'opened', changes: old })
  issue.movedTo = { repo: target, issue: moved }
  issue.deleted = true
  return moved
}
