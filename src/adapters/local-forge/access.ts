/** Who may do what to a repository, refused in GitHub's order: visible, permitted, not archived. */
import { ApiError, archived, MovedError, notForIntegration, notForToken, notFound } from './api-error.ts'
import type { Call, Need, RepoCall, RepoRoute, Route } from './call.ts'
import { type Actor, atLeast, covers, findRepo, type Principal, type Repo, roleOf } from './world.ts'

const LEVELS = ['read', 'write', 'admin']

/** A route that finds and checks its repository before its handler sees the call. */
export function repoRoute(route: RepoRoute): Route {
  return { ...route, handle: (call) => route.handle(repoCall(call, route.need)) }
}

function repoCall(call: Call, need: Need): RepoCall {
  const { owner = '', repo: name = '' } = call.params
  const repo = findRepo(call.world, owner, name)
  if (!repo) throw redirect(call, `${owner}/${name}`) ?? notFound()
  if (!canSee(call.principal, repo)) throw notFound()
  demand(call.principal, repo, need)
  return { ...call, repo }
}

/** The repository was renamed or transferred: the same below its number, which stays. */
function redirect({ world, principal, url }: Call, name: string): MovedError | undefined {
  const repo = world.formerNames.get(name.toLowerCase())
  if (!repo || !canSee(principal, repo)) return undefined
  const rest = url.pathname.split('/').slice(4)
  return new MovedError(['', 'repositories', repo.id, ...rest].join('/') + url.search)
}

/** Throws GitHub's refusal when the principal lacks what is needed. Visibility is the caller's to check first. */
export function demand(principal: Principal, repo: Repo, need: Need): void {
  if (need.level === 'write' || need.appOnly) demandWriter(principal, need)
  const allowed =
    principal.kind === 'installation' ? grants(principal, repo, need) : byRole(principal, repo, need)
  if (!allowed) throw principal.kind === 'user' ? lacking(repo, principal, need) : notForIntegration()
  if (need.level === 'write' && repo.archived) throw archived()
}

function demandWriter(principal: Principal, need: Need): void {
  if (principal.kind === 'anonymous' && need.level === 'write')
    throw new ApiError(401, 'Requires authentication')
  if (principal.kind === 'user' && need.appOnly) throw notForToken()
}

/** True where a read would not be 404. */
export function canSee(principal: Principal, repo: Repo): boolean {
  if (!repo.private) return true
  if (principal.kind === 'user') return roleOf(repo, principal.account) !== 'none'
  return principal.kind === 'installation' && coversToken(principal, repo)
}

function coversToken(principal: Principal & { kind: 'installation' }, repo: Repo): boolean {
  const { account } = principal.installation
  return (
    covers(principal.installation, repo) && covers({ account, repositories: principal.repositories }, repo)
  )
}

function grants(principal: Principal & { kind: 'installation' }, repo: Repo, need: Need): boolean {
  // What is public can be read by anybody, inside or outside the installation.
  if (need.level === 'read' && !repo.private && !need.appOnly && need.permission !== 'administration')
    return true
  if (!coversToken(principal, repo)) return false
  const names = typeof need.permission === 'string' ? [need.permission] : need.permission
  return names.some((name) => {
    const has = name === 'metadata' ? 'read' : principal.permissions[name]
    return has !== undefined && LEVELS.indexOf(has) >= LEVELS.indexOf(need.level)
  })
}

function byRole(principal: Principal, repo: Repo, need: Need): boolean {
  const needed = need.role ?? (need.level === 'write' ? 'write' : 'read')
  if (principal.kind === 'user') return atLeast(roleOf(repo, principal.account), needed)
  return principal.kind === 'anonymous' && !repo.private && needed === 'read'
}

/** People who may see but not do get 403 about rights; on code and settings GitHub pretends that there is nothing (404). */
function lacking(repo: Repo, principal: Principal & { kind: 'user' }, need: Need): ApiError {
  if (need.permission === 'contents' && !atLeast(roleOf(repo, principal.account), 'write')) return notFound()
  if (need.permission === 'administration' && need.level === 'read') return notFound()
  return new ApiError(403, 'Must have admin rights to Repository.')
}

/** Who acts: the person, or the App's bot. Callers have been let through, so there is always somebody. */
export function actorOf(principal: Principal): Actor {
  if (principal.kind === 'user') return { account: principal.account, app: null }
  if (principal.kind === 'installation')
    return { account: principal.installation.app.bot, app: principal.installation.app }
  if (principal.kind === 'app') return { account: principal.app.bot, app: principal.app }
  throw new ApiError(401, 'Requires authentication')
}
