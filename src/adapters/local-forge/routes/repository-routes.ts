/** Repositories: what they are, who may do what, files, archives, branches, and what the caller has left. */
import { ApiError, notFound } from '../api-error.ts'
import { repoRoute } from '../access.ts'
import { type Answer, json, paged, type RepoCall, type Route } from '../call.ts'
import { renderAccount, renderSelf } from '../render/account.ts'
import { renderCommit } from '../render/commit.ts'
import { apiUrl, branchUrl, pageUrl, renderFullRepository } from '../render/repository.ts'
import { resolveCommit } from '../resolve-commit.ts'
import { type Repo, type Role, roleOf, type World } from '../world.ts'

const METADATA = { permission: 'metadata', level: 'read' } as const
const CONTENTS = { permission: 'contents', level: 'read' } as const

export const repositoryRoutes: Route[] = [
  {
    method: 'GET',
    path: '/user',
    handle(call) {
      if (call.principal.kind === 'user') return json(renderSelf(call.world, call.principal.account))
      if (call.principal.kind === 'anonymous') throw new ApiError(401, 'Requires authentication')
      throw new ApiError(403, 'Resource not accessible by integration')
    },
  },
  {
    method: 'GET',
    path: '/users/{username}',
    handle(call) {
      const account = call.world.accounts.get((call.params['username'] ?? '').toLowerCase())
      if (!account) throw notFound()
      const { name, company, blog, location, email, hireable, bio, ...rest } = renderSelf(call.world, account)
      const open = ['public_repos', 'public_gists', 'followers', 'following', 'created_at', 'updated_at']
      const profile = { name, company, blog, location, email, hireable, bio }
      const counts = Object.fromEntries(open.map((key) => [key, rest[key]]))
      return json({ ...renderAccount(call.world, account), ...profile, ...counts })
    },
  },
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}',
    need: METADATA,
    handle: (call) => json(renderFullRepository(call.world, call.repo, call.principal)),
  }),
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    need: METADATA,
    handle: permission,
  }),
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/contents/{path}',
    need: CONTENTS,
    handle: contents,
  }),
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/tarball/{ref}',
    need: CONTENTS,
    async handle({ repo, params }) {
      const commit = await resolveCommit(repo, params['ref'] || repo.defaultBranch)
      if (!commit) throw notFound()
      const raw = { content: await repo.git.archive(commit), type: 'application/x-gzip' }
      const file = `${repo.owner.login}-${repo.name}-${commit.slice(0, 7)}.tar.gz`
      return { status: 200, raw, headers: { 'content-disposition': `attachment; filename=${file}` } }
    },
  }),
  repoRoute({ method: 'GET', path: '/repos/{owner}/{repo}/branches', need: CONTENTS, handle: branches }),
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/branches/{branch}',
    need: CONTENTS,
    handle: branch,
  }),
]

/** GitHub's four classes: maintain shows as write, triage as read. */
const CLASS: Readonly<Record<Role, string>> = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
}

function permission({ world, repo, params }: RepoCall): Answer {
  const account = world.accounts.get((params['username'] ?? '').toLowerCase())
  if (!account) throw new ApiError(404, `${params['username']} is not a user`)
  const role = roleOf(repo, account)
  const rank = ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(role)
  const can = { pull: rank >= 1, triage: rank >= 2, push: rank >= 3, maintain: rank >= 4, admin: rank >= 5 }
  const user = { ...renderAccount(world, account), permissions: can, role_name: role }
  return json({ permission: CLASS[role], user, role_name: role })
}

/** Above this JSON answers carry no content. Bytes. */
const MAX_JSON_FILE = 1024 * 1024

async function contents({ world, repo, params, query, accept }: RepoCall): Promise<Answer> {
  const ref = query.get('ref') ?? repo.defaultBranch
  const commit = await resolveCommit(repo, ref)
  if (!commit && (await repo.git.refs()).size === 0) throw new ApiError(404, 'This repository is empty.')
  if (!commit) throw new ApiError(404, `No commit found for the ref ${ref}`)
  const path = (params['path'] ?? '').replace(/\/+$/, '')
  const { tree } = await repo.git.readCommit(commit)
  const all = await repo.git.readTree(tree, true)
  const entry = all.find((known) => known.path === path)
  const meta = (of: { path: string; id: string; size: number | undefined; type: string; mode: string }) =>
    contentMeta({ world, repo, ref }, of)
  if (path === '' || entry?.type === 'tree') {
    const inside = all.filter((known) => parentOf(known.path) === path)
    return json(inside.map(meta))
  }
  if (!entry) throw notFound()
  if (entry.type === 'commit') return json({ ...meta(entry), submodule_git_url: null })
  const content = await repo.git.readBlob(entry.id)
  if (/application\/vnd\.github(\.v3)?\.raw/.test(accept))
    return { status: 200, raw: { content, type: 'application/vnd.github.raw; charset=utf-8' } }
  if (entry.mode === '120000') return json({ ...meta(entry), target: Buffer.from(content).toString('utf8') })
  const small = content.length <= MAX_JSON_FILE
  const encoded = small ? wrapped(Buffer.from(content).toString('base64')) : ''
  return json({ ...meta(entry), content: encoded, encoding: small ? 'base64' : 'none' })
}

const parentOf = (path: string) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '')

/** GitHub breaks base64 into lines of 60, with one at the end. */
function wrapped(base64: string): string {
  return base64.replace(/.{1,60}/g, '$&\n')
}

function contentMeta(
  { world, repo, ref }: { world: World; repo: Repo; ref: string },
  entry: { path: string; id: string; size: number | undefined; type: string; mode: string },
): Record<string, unknown> {
  const path = entry.path.split('/').map(encodeURIComponent).join('/')
  const file = entry.type === 'blob'
  const link = entry.mode === '120000'
  const type =
    entry.type === 'tree' ? 'dir' : entry.type === 'commit' ? 'submodule' : link ? 'symlink' : 'file'
  const self = `${apiUrl(world, repo)}/contents/${path}?ref=${encodeURIComponent(ref)}`
  const object = `${apiUrl(world, repo)}/git/${file ? 'blobs' : 'trees'}/${entry.id}`
  const html = `${pageUrl(world, repo)}/${file ? 'blob' : 'tree'}/${ref}/${path}`
  return {
    name: entry.path.split('/').at(-1),
    path: entry.path,
    sha: entry.id,
    size: entry.size ?? 0,
    url: self,
    html_url: html,
    git_url: object,
    download_url: file ? `${pageUrl(world, repo)}/raw/${ref}/${path}` : null,
    type,
    _links: { self, git: object, html },
  }
}

async function branches(call: RepoCall): Promise<Answer> {
  const { world, repo } = call
  const heads = [...(await repo.git.refs())].filter(([ref]) => ref.startsWith('refs/heads/'))
  return paged(call, heads, (page) =>
    page.map(([ref, sha]) => {
      const name = ref.slice('refs/heads/'.length)
      const commit = { sha, url: `${apiUrl(world, repo)}/commits/${sha}` }
      return { name, commit, protected: repo.protection.has(name) }
    }),
  )
}

async function branch({ world, repo, params }: RepoCall): Promise<Answer> {
  const name = params['branch'] ?? ''
  const head = await repo.git.ref(`refs/heads/${name}`)
  if (!head) throw new ApiError(404, 'Branch not found')
  const rules = repo.protection.get(name)
  const url = branchUrl(world, repo, name)
  return json({
    name,
    commit: renderCommit({ world, repo }, await repo.git.readCommit(head)),
    _links: { self: url, html: `${pageUrl(world, repo)}/tree/${name}` },
    protected: rules !== undefined,
    protection: {
      enabled: rules !== undefined,
      required_status_checks: {
        enforcement_level: rules ? 'everyone' : 'off',
        contexts: rules?.contexts ?? [],
        checks: (rules?.contexts ?? []).map((context) => ({ context, app_id: null })),
      },
    },
    protection_url: `${url}/protection`,
  })
}
