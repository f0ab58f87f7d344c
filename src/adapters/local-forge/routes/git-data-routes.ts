/** Git objects through the API: blobs, trees and commits. */
import { emptyRepository, invalid, notFound, unprocessable } from '../api-error.ts'
import { actorOf, repoRoute } from '../access.ts'
import { type Answer, created, json, type Need, type RepoCall, type Route } from '../call.ts'
import type { Fields } from '../fields.ts'
import { nodeId } from '../render/account.ts'
import { noreply, renderGitCommit } from '../render/commit.ts'
import { apiUrl } from '../render/repository.ts'
import { resolveCommit } from '../resolve-commit.ts'
import type { GitPerson, GitTreeEntry } from '../../../ports/git-host.ts'

const READ: Need = { permission: 'contents', level: 'read' }
const WRITE: Need = { permission: 'contents', level: 'write' }
const GIT = '/repos/{owner}/{repo}/git'
const ID = /^[0-9a-f]{40}$/
const MODES = ['100644', '100755', '040000', '160000', '120000']

export const gitDataRoutes: Route[] = [
  repoRoute({ method: 'POST', path: `${GIT}/blobs`, need: WRITE, handle: postBlob }),
  repoRoute({
    method: 'GET',
    path: `${GIT}/blobs/{file_sha}`,
    need: READ,
    async handle({ world, repo, params }) {
      const sha = params['file_sha'] ?? ''
      if (!ID.test(sha) || (await repo.git.type(sha)) !== 'blob') throw notFound()
      const content = await repo.git.readBlob(sha)
      const url = `${apiUrl(world, repo)}/git/blobs/${sha}`
      const encoded = Buffer.from(content).toString('base64')
      return json({
        sha,
        node_id: nodeId('B', sha),
        size: content.length,
        url,
        content: encoded,
        encoding: 'base64',
      })
    },
  }),
  repoRoute({ method: 'POST', path: `${GIT}/trees`, need: WRITE, handle: postTree }),
  repoRoute({ method: 'GET', path: `${GIT}/trees/{tree_sha}`, need: READ, handle: getTree }),
  repoRoute({ method: 'POST', path: `${GIT}/commits`, need: WRITE, handle: postCommit }),
  repoRoute({
    method: 'GET',
    path: `${GIT}/commits/{commit_sha}`,
    need: READ,
    async handle({ world, repo, params }) {
      const sha = params['commit_sha'] ?? ''
      if (!ID.test(sha) || (await repo.git.type(sha)) !== 'commit') throw notFound()
      return json(renderGitCommit({ world, repo }, await repo.git.readCommit(sha)))
    },
  }),
]

/** GitHub's object API does not work before there is a first commit. */
async function demandHistory({ repo }: RepoCall): Promise<void> {
  if ((await repo.git.refs()).size === 0) throw emptyRepository()
}

async function postBlob(call: RepoCall): Promise<Answer> {
  await demandHistory(call)
  const encoding = call.body.optionalText('encoding') ?? 'utf-8'
  if (encoding !== 'utf-8' && encoding !== 'base64') throw invalid('Blob', 'encoding')
  const content = Buffer.from(call.body.text('content'), encoding === 'base64' ? 'base64' : 'utf8')
  const sha = await call.repo.git.writeBlob(content)
  return created({ sha, url: `${apiUrl(call.world, call.repo)}/git/blobs/${sha}` })
}

async function postTree(call: RepoCall): Promise<Answer> {
  const { repo, body } = call
  await demandHistory(call)
  const wanted = body.optionalObjects('tree')
  if (!wanted || wanted.length === 0) throw unprocessable('Invalid tree info')
  const base = await baseTree(call)
  const known = base ? await repo.git.readTree(base, true) : []
  const entries = []
  for (const entry of wanted) entries.push(await treeEntry(call, entry, known))
  return created(await renderTree(call, await repo.git.writeTree(base, entries), false))
}

async function baseTree({ repo, body }: RepoCall): Promise<string | undefined> {
  const base = body.optionalText('base_tree')
  if (base === undefined) return undefined
  const type = ID.test(base) ? await repo.git.type(base) : undefined
  if (type === 'commit') return (await repo.git.readCommit(base)).tree
  if (type !== 'tree') throw notFound()
  return base
}

async function treeEntry(
  { repo }: RepoCall,
  entry: Fields,
  known: readonly GitTreeEntry[],
): Promise<{ path: string; mode: string; id: string | undefined }> {
  const path = entry.text('path')
  checkPath(path)
  const mode = entry.optionalText('mode') ?? ''
  if (!MODES.includes(mode)) throw unprocessable('Must supply a valid tree.mode')
  if (entry.isNull('sha')) {
    if (!known.some((file) => file.path === path)) throw unprocessable('GitRPC::BadObjectState')
    return { path, mode, id: undefined }
  }
  const sha = entry.optionalText('sha')
  const content = entry.optionalText('content')
  if ((sha === undefined) === (content === undefined))
    throw unprocessable('Must supply either tree.sha or tree.content, and not both')
  if (sha === undefined) return { path, mode, id: await repo.git.writeBlob(Buffer.from(content ?? '')) }
  const type = mode === '040000' ? 'tree' : mode === '160000' ? undefined : 'blob'
  if (!ID.test(sha) || (type && (await repo.git.type(sha)) !== type))
    throw unprocessable(`tree.sha ${sha} is not a valid ${type ?? 'commit'}`)
  return { path, mode, id: sha }
}

function checkPath(path: string): void {
  if (path.startsWith('/')) throw unprocessable('tree.path cannot start with a slash')
  const bad = (part: string) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git'
  if (path.includes('\0') || path.split('/').some(bad))
    throw unprocessable('tree.path contains a malformed path component')
}

async function getTree(call: RepoCall): Promise<Answer> {
  const { repo, params, query } = call
  await demandHistory(call)
  const name = params['tree_sha'] ?? ''
  if (ID.test(name) && (await repo.git.type(name)) === 'tree')
    return json(await renderTree(call, name, query.has('recursive')))
  const commit = await resolveCommit(repo, name)
  if (!commit) throw notFound()
  return json(await renderTree(call, (await repo.git.readCommit(commit)).tree, query.has('recursive')))
}

/** Longest list that GitHub gives before it says `truncated`. */
const MAX_ENTRIES = 100_000

async function renderTree(call: RepoCall, sha: string, recursive: boolean): Promise<Record<string, unknown>> {
  const api = apiUrl(call.world, call.repo)
  const entries = await call.repo.git.readTree(sha, recursive)
  const kinds = { blob: 'blobs', tree: 'trees', commit: 'commits' }
  return {
    sha,
    url: `${api}/git/trees/${sha}`,
    tree: entries.slice(0, MAX_ENTRIES).map(({ path, mode, type, id, size }) => ({
      path,
      mode,
      type,
      sha: id,
      ...(size !== undefined && { size }),
      ...(type !== 'commit' && { url: `${api}/git/${kinds[type]}/${id}` }),
    })),
    truncated: entries.length > MAX_ENTRIES,
  }
}

async function postCommit(call: RepoCall): Promise<Answer> {
  const { world, repo, body, principal } = call
  await demandHistory(call)
  const tree = body.text('tree')
  if (!ID.test(tree) || (await repo.git.type(tree)) !== 'tree') throw unprocessable('Tree SHA does not exist')
  const parents = body.optionalTexts('parents') ?? []
  for (const parent of parents)
    if (!ID.test(parent) || (await repo.git.type(parent)) !== 'commit')
      throw unprocessable('Parent SHA does not exist or is not a commit object')
  const { account } = actorOf(principal)
  const self = { name: account.name, email: noreply(account), date: world.clock.now() }
  const author = person(body.optionalObject('author'), self) ?? self
  const committer = person(body.optionalObject('committer'), author) ?? author
  const message = body.text('message')
  const id = await repo.git.writeCommit({ tree, parents, message, author, committer })
  // Only what an App commits as itself is signed by GitHub: whoever names an author signs for himself.
  const plain = !body.has('author') && !body.has('committer') && !body.has('signature')
  if (principal.kind === 'installation' && plain) repo.signed.add(id)
  return created(renderGitCommit({ world, repo }, await repo.git.readCommit(id)))
}

function person(given: Fields | undefined, otherwise: GitPerson): GitPerson | undefined {
  if (!given) return undefined
  const date = given.optionalText('date') ?? otherwise.date
  if (Number.isNaN(Date.parse(date))) throw invalid('Commit', 'date')
  return { name: given.text('name'), email: given.text('email'), date }
}
