/** Who looks at a page: `?as=alice` signs in, a cookie remembers it, and otherwise it is the first person listed. */
import type { Account, World } from '../world.ts'
import { roleOf } from '../world.ts'

const COOKIE = 'forge_user'

export interface Visitor {
  readonly account: Account
  /** For the answer, where somebody has just signed in. */
  readonly cookie: string | undefined
}

/** Undefined where the name is nobody's, or nobody is listed at all. */
export function signedIn(world: World, request: Request): Visitor | undefined {
  const asked = new URL(request.url).searchParams.get('as')
  const login = asked ?? remembered(request) ?? firstPerson(world)?.login
  const account = world.accounts.get((login ?? '').toLowerCase())
  if (account?.type !== 'User') return undefined
  const cookie = asked === null ? undefined : `${COOKIE}=${account.login}; Path=/; HttpOnly; SameSite=Lax`
  return { account, cookie }
}

function remembered(request: Request): string | undefined {
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((part) => part.trim().split('='))
  return cookies.find(([name]) => name === COOKIE)?.[1]
}

function firstPerson(world: World): Account | undefined {
  const people = [...world.accounts.values()].filter((account) => account.type === 'User')
  return people.find((account) => world.repos.some((repo) => roleOf(repo, account) === 'admin')) ?? people[0]
}

/**
 * Whether a person speaks for an account: it is theirs, or it is an organization and they are admin of one of its
 * repositories (the forge knows no other owners). An organization without repositories is everybody's.
 */
export function speaksFor(world: World, person: Account, account: Account): boolean {
  if (account.id === person.id) return true
  const theirs = world.repos.filter((repo) => repo.owner.id === account.id)
  if (account.type !== 'Organization') return false
  return theirs.length === 0 || theirs.some((repo) => roleOf(repo, person) === 'admin')
}
