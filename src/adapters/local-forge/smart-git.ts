/** Git over HTTP: who may clone and push, in front of git's own server. */
import { actorOf, canSee, demand } from './access.ts'
import { movesBetween, refMoved } from './actions/ref-actions.ts'
import { ApiError } from './api-error.ts'
import { authenticate } from './authenticate.ts'
import { type Actor, findRepo, fullName, type Principal, type Repo, type World } from './world.ts'

const PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/

/** For paths that are git's. */
export type SmartGit = (request: Request, path: string) => Promise<Response>

export const isGitPath = (path: string): boolean => PATH.test(path)

export function createSmartGit(world: World): SmartGit {
  const pushing = new Map<number, Promise<unknown>>()
  return async (request, path) => {
    const [, owner = '', name = '', pathInfo = ''] = PATH.exec(path) ?? []
    const query = new URL(request.url).search.slice(1)
    const write = `${pathInfo}?${query}`.includes('git-receive-pack')
    const checked = check(world, { request, owner, name, write })
    if (checked instanceof Response) return checked
    const { repo, actor } = checked
    const conversation = { request, pathInfo, query, write }
    if (pathInfo !== '/git-receive-pack' || !actor) return talk(repo, conversation)
    // One push at a time per repository, so that what moved between before and after is this push's doing.
    const before = pushing.get(repo.id) ?? Promise.resolve()
    const done = before.then(() => push(world, { repo, actor }, conversation))
    pushing.set(
      repo.id,
      done.catch(() => {}),
    )
    return done
  }
}

interface Conversation {
  readonly request: Request
  readonly pathInfo: string
  readonly query: string
  readonly write: boolean
}

async function talk(repo: Repo, { request, pathInfo, query, write }: Conversation): Promise<Response> {
  const answer = await repo.git.smartHttp({
    method: request.method,
    pathInfo,
    query,
    contentType: request.headers.get('content-type') ?? undefined,
    contentEncoding: request.headers.get('content-encoding') ?? undefined,
    protocol: request.headers.get('git-protocol') ?? undefined,
    body: request.body ?? (async function* () {})(),
    mayWrite: write,
  })
  return new Response(ReadableStream.from(answer.body), { status: answer.status, headers: answer.headers })
}

/** The answer is held back until everybody was told, so that who pushed finds the pull request up to date. */
async function push(
  world: World,
  { repo, actor }: { repo: Repo; actor: Actor },
  conversation: Conversation,
): Promise<Response> {
  const before = await repo.git.refs()
  const answer = await talk(repo, conversation)
  const body = await answer.arrayBuffer()
  for (const move of movesBetween(before, await repo.git.refs())) await refMoved({ world, repo, actor }, move)
  return new Response(body, { status: answer.status, headers: answer.headers })
}

/** The repository and who comes, or the refusal in the words that git clients show. */
function check(
  world: World,
  wanted: { request: Request; owner: string; name: string; write: boolean },
): Response | { repo: Repo; actor: Actor | undefined } {
  const { write } = wanted
  let principal: Principal
  try {
    principal = authenticate(world, wanted.request.headers.get('authorization') ?? undefined)
  } catch {
    return unauthorized(
      'Invalid username or token. Password authentication is not supported for Git operations.',
    )
  }
  if (principal.kind === 'app') return unauthorized('Invalid username or token.')
  const repo = findRepo(world, wanted.owner, wanted.name)
  const moved = world.formerNames.get(`${wanted.owner}/${wanted.name}`.toLowerCase())
  if (!repo && moved && canSee(principal, moved)) return redirected(world, moved, wanted.request)
  const anonymous = principal.kind === 'anonymous'
  if (anonymous && (!repo || repo.private || write)) return unauthorized('Repository not found.')
  if (!repo || !canSee(principal, repo)) return refused(404, 'Repository not found.')
  if (anonymous) return { repo, actor: undefined }
  const actor = actorOf(principal)
  try {
    demand(principal, repo, { permission: 'contents', level: write ? 'write' : 'read' })
  } catch (error) {
    return refused(403, reasonFor(error, { repo, actor, write }))
  }
  return { repo, actor }
}

function reasonFor(
  error: unknown,
  { repo, actor, write }: { repo: Repo; actor: Actor; write: boolean },
): string {
  if (error instanceof ApiError && repo.archived && write && error.message.includes('archived'))
    return 'This repository was archived so it is read-only.'
  const right = write ? 'denied' : 'to read denied'
  return `Permission to ${fullName(repo)}.git ${right} to ${actor.account.login}.`
}

/** Git follows this on its first request, and stays with the new address. */
function redirected({ base }: World, repo: Repo, request: Request): Response {
  const { pathname, search } = new URL(request.url)
  const rest = /(\/info\/refs|\/git-[a-z]+-pack)$/.exec(pathname)?.[1] ?? ''
  const location = `${base}/${fullName(repo)}.git${rest}${search}`
  return new Response(null, { status: 301, headers: { location } })
}

const refused = (status: number, text: string) =>
  new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=UTF-8' } })

const unauthorized = (text: string) =>
  new Response(`${text}\n`, {
    status: 401,
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'www-authenticate': 'Basic realm="GitHub"' },
  })
