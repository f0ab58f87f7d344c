/** How a repository is named in routes and in sentences. */
import type { RepoRef } from '../../core/ids.ts'

export function at(repo: RepoRef): { owner: string; repo: string } {
  return { owner: repo.owner, repo: repo.name }
}

export function nameOf(repo: RepoRef): string {
  return `${repo.owner}/${repo.name}`
}
