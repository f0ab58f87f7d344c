/** Clients of an App: which installation a repository belongs to, as whom the App acts, one Octokit per installation. */
import { Octokit } from '@octokit/rest'
import type { RepoRef } from '../../core/ids.ts'
import type { GitRight } from '../../ports/forge.ts'
import type { ClientOf, GithubClient, Identity } from './github-client.ts'
import { at, nameOf } from './repository-path.ts'
import { installationGone, refused, translateError } from './translate-error.ts'

/** Probot's `app.auth`, or anything like it: without an id a client that is the App itself. */
export type AuthenticatedClient = (installationId?: number) => Promise<GithubClient>

/**
 * Looks the installation up once per repository and owner, by the App's own key: a transferred repository belongs to
 * another installation. A refused look-up is asked again next time.
 */
export function createInstallationClients(authenticate: AuthenticatedClient): ClientOf {
  const known = new Map<number, { readonly owner: string; readonly client: Promise<GithubClient> }>()
  const worthless = new Set<number>()
  const findClient = async (repo: RepoRef): Promise<GithubClient> => {
    const client = await authenticate(await findInstallation(authenticate, repo))
    if (worthless.delete(repo.id)) await refreshToken(client)
    return client
  }
  const clientOf = (repo: RepoRef): Promise<GithubClient> => {
    const there = known.get(repo.id)
    if (there?.owner === repo.owner) return there.client
    const client = findClient(repo)
    known.set(repo.id, { owner: repo.owner, client })
    client.catch(() => known.delete(repo.id))
    return client
  }
  const forget = (repo: RepoRef, refused?: 'token'): void => {
    known.delete(repo.id)
    if (refused) worthless.add(repo.id)
  }
  return Object.assign(clientOf, { forget })
}

/** All clients of an installation share its token, and keep it for an hour whatever GitHub answers to it. */
export async function refreshToken(client: GithubClient): Promise<void> {
  await client.auth({ type: 'installation', refresh: true })
}

async function findInstallation(authenticate: AuthenticatedClient, repo: RepoRef): Promise<number> {
  try {
    const app = await authenticate()
    const { data } = await app.request('GET /repos/{owner}/{repo}/installation', at(repo))
    return Number(data.id)
  } catch (error) {
    throw notGranted(error, repo, {
      doing: `to find our installation on ${nameOf(repo)}`,
      needs: 'Metadata: read',
    })
  }
}

function notGranted(error: unknown, repo: RepoRef, intent: { doing: string; needs: string }): unknown {
  return installationGone(error, nameOf(repo)) ?? translateError(error, intent)
}

/**
 * Tokens for git, narrowed to one repository and to what git is to do there. Asked for with the App's own client, since
 * Octokit's `auth({ type: 'installation' })` goes to api.github.com whatever base URL the client has.
 */
export function createGitTokens(
  authenticate: AuthenticatedClient,
): (repo: RepoRef, right: GitRight) => Promise<string> {
  const known = new Map<number, number>()
  const ask = async (repo: RepoRef, right: GitRight, installation: number): Promise<string> => {
    const app = await authenticate()
    const { data } = await app.request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: installation,
      repository_ids: [repo.id],
      permissions: { contents: right },
    })
    return data.token
  }
  return async (repo, right) => {
    const doing = `to let us ${right === 'read' ? 'fetch' : 'push to'} ${nameOf(repo)}`
    const intent = { doing, needs: `Contents: ${right}` }
    const before = known.get(repo.id)
    try {
      if (before !== undefined) return await ask(repo, right, before)
    } catch (error) {
      known.delete(repo.id)
      // The App may have been removed and installed again, or the repository may have moved to another account.
      const status = refused(error)?.status
      if (status !== 404 && status !== 422) throw notGranted(error, repo, intent)
    }
    const installation = await findInstallation(authenticate, repo)
    try {
      const token = await ask(repo, right, installation)
      known.set(repo.id, installation)
      return token
    } catch (error) {
      throw notGranted(error, repo, intent)
    }
  }
}

/** Who the App is: its number, and the number of the bot user that its comments are by. Asked once at start. */
export async function appIdentity(authenticate: AuthenticatedClient): Promise<Identity> {
  try {
    const client = await authenticate()
    const { data: app } = await client.request('GET /app')
    if (!app) throw new Error('GitHub answered with no App')
    const login = `${app.slug}[bot]`
    const anyone = await anyClient(authenticate, client)
    const { data: bot } = await anyone.request('GET /users/{username}', { username: login })
    return { appId: Number(app.id), userId: Number(bot.id), login }
  } catch (error) {
    throw translateError(error, { doing: 'to say which App the key belongs to', needs: 'Metadata: read' })
  }
}

/**
 * An App's own key opens only the routes about the App; users are looked up with an installation's token, or, before
 * there is one, without any (sixty an hour for this address, which one look-up at start does not exhaust).
 */
async function anyClient(
  authenticate: AuthenticatedClient,
  app: GithubClient,
): Promise<Pick<GithubClient, 'request'>> {
  const { data } = await app.request('GET /app/installations', { per_page: 1 })
  const [installation] = data
  if (installation) return authenticate(Number(installation.id))
  return new Octokit({ baseUrl: app.request.endpoint.DEFAULTS.baseUrl })
}
