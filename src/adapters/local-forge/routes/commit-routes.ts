/** History: commits, comparisons, and their diffs as text. */
import { emptyRepository, notFound, unprocessable } from '../api-error.ts'
import { repoRoute } from '../access.ts'
import { type Answer, json, type Need, paged, type RepoCall, type Route } from '../call.ts'
import { renderCommit, renderFileChange } from '../render/commit.ts'
import { apiUrl, pageUrl } from '../render/repository.ts'
import { resolveCommit } from '../resolve-commit.ts'

const READ: Need = { permission: 'contents', level: 'read' }
const REPO = '/repos/{owner}/{repo}'
/** More than any page that is asked for; git stops here. */
const MAX_COMMITS = 10_000
/** GitHub's limit of commits in one comparison. */
const MAX_COMPARED = 250

export const commitRoutes: Route[] = [
  repoRoute({ method: 'GET', path: `${REPO}/commits`, need: READ, handle: list }),
  repoRoute({ method: 'GET', path: `${REPO}/commits/{ref}`, need: READ, handle: get }),
  repoRoute({ method: 'GET', path: `${REPO}/compare/{basehead}`, need: READ, handle: compare }),
]

export function wantsDiff(accept: string): boolean {
  return /application\/vnd\.github(\.v3)?\.(diff|patch)/.test(accept)
}

export const diffAnswer = (text: string): Answer => ({
  status: 200,
  raw: { content: text, type: 'application/vnd.github.diff; charset=utf-8' },
})

async function list(call: RepoCall): Promise<Answer> {
  const { world, repo, query } = call
  if ((await repo.git.refs()).size === 0) throw emptyRepository()
  const from = await resolveCommit(repo, query.get('sha') ?? repo.defaultBranch)
  if (!from) throw notFound()
  const path = query.get('path')
  const commits = await repo.git.log(from, { limit: MAX_COMMITS, ...(path && { path }) })
  return paged(call, commits, (page) => page.map((commit) => renderCommit({ world, repo }, commit)))
}

async function get(call: RepoCall): Promise<Answer> {
  const { world, repo, params, accept } = call
  const id = await resolveCommit(repo, params['ref'] ?? '')
  if (!id) throw unprocessable(`No commit found for SHA: ${params['ref']}`)
  const commit = await repo.git.readCommit(id)
  const parent = commit.parents[0] ?? EMPTY_TREE
  if (wantsDiff(accept)) return diffAnswer(await repo.git.diffText(parent, id))
  const files = await repo.git.diff(parent, id)
  const additions = files.reduce((sum, file) => sum + file.additions, 0)
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0)
  return json({
    ...renderCommit({ world, repo }, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: files.map((file) => renderFileChange({ world, repo }, file, id)),
  })
}

/** Git knows this tree without being told. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

async function compare(call: RepoCall): Promise<Answer> {
  const { world, repo, params, accept } = call
  const [left = '', right = ''] = (params['basehead'] ?? '').split('...')
  const name = (side: string) => side.slice(side.indexOf(':') + 1)
  const base = await resolveCommit(repo, name(left))
  const head = await resolveCommit(repo, name(right))
  const common = base && head && (await repo.git.mergeBase(base, head))
  if (!common) throw notFound()
  if (wantsDiff(accept)) return diffAnswer(await repo.git.diffText(common, head))
  const ahead = await repo.git.log(head, { limit: MAX_COMMITS, not: base })
  const behind = await repo.git.log(base, { limit: MAX_COMMITS, not: head })
  const files = await repo.git.diff(common, head)
  const place = { world, repo }
  const page = `${pageUrl(world, repo)}/compare/${params['basehead']}`
  return json({
    url: `${apiUrl(world, repo)}/compare/${params['basehead']}`,
    html_url: page,
    permalink_url: `${pageUrl(world, repo)}/compare/${base}...${head}`,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    base_commit: renderCommit(place, await repo.git.readCommit(base)),
    merge_base_commit: renderCommit(place, await repo.git.readCommit(common)),
    status: statusOf(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: [...ahead]
      .reverse()
      .slice(0, MAX_COMPARED)
      .map((commit) => renderCommit(place, commit)),
    files: files.map((file) => renderFileChange(place, file, head)),
  })
}

function statusOf(ahead: number, behind: number): string {
  if (ahead > 0 && behind > 0) return 'diverged'
  if (ahead > 0) return 'ahead'
  return behind > 0 ? 'behind' : 'identical'
}
