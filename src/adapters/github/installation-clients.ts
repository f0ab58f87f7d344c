/** Clients of an App: which installation a repository belongs to, as whom the App acts, one Octokit per installation. */
import { Octokit } from '@octokit/rest'
import type { RepoRef } from '../../core/ids.ts'
import type { ClientOf, GithubClient, Identity } from './github-client.ts'
import { at, nameOf } from './repository-path.ts'
import { translateError } from './translate-error.ts'

/** Probot's `app.auth`, or anything like it: without an id a client that is the App itself. */
export type AuthenticatedClient = (installationId?: number) => Promise<GithubClient>

/** Looks the installation up once per repository, by the App's own key; a refused look-up is asked again next time. */
export function createInstallationClients(authenticate: AuthenticatedClient): ClientOf {
  const known = new Map<number, Promise<GithubClient>>()
  return (repo) => {
    const there = known.get(repo.id)
    if (there) return there
    const client = findClient(authenticate, repo)
    known.set(repo.id, client)
    client.catch(() => known.delete(repo.id))
    return client
  }
}

async function findClient(authenticate: AuthenticatedClient, repo: RepoRef): Promise<GithubClient> {
  const id = await findInstallation(authenticate, repo)
  return authenticate(id)
}

async function findInstallation(authenticate: AuthenticatedClient, repo: RepoRef): Promise<number> {
  try {
    const app = await authenticate()
    const { data } = await app.request('GET /repos/{owner}/{repo}/installation', at(repo))
    return Number(data.id)
  } catch (error) {
    throw translateError(error, {
      doing: `to find our installation on ${nameOf(repo)}`,
      needs: 'Metadata: read',
    })
  }
}

/**
 * Tokens for git, narrowed to one repository and to reading. Asked for with the App's own client, since Octokit's
 * `auth({ type: 'installation' })` goes to api.github.com whatever base URL the client has.
 */
export function createFetchTokens(authenticate: AuthenticatedClient): (repo: RepoRef) => Promise<string> {
  const known = new Map<number, number>()
  return async (repo) => {
    const installation = known.get(repo.id) ?? (await findInstallation(authenticate, repo))
    known.set(repo.id, installation)
    try {
      const app = await authenticate()
      const { data } = await app.request('POST /app/installations/{installation_id}/access_tokens', {
        installation_id: installation,
        repository_ids: [repo.id],
        permissions: { contents: 'read' },
      })
      return data.token
    } catch (error) {
      known.delete(repo.id)
      throw translateError(error, { doing: `to let us fetch ${nameOf(repo)}`, needs: 'Contents: read' })
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

/** The account that a personal token belongs to. */
export async function tokenIdentity(client: GithubClient): Promise<Identity> {
  try {
    const { data } = await client.request('GET /user')
    return { appId: undefined, userId: Number(data.id), login: data.login }
  } catch (error) {
    throw translateError(error, { doing: 'to say whose token this is', needs: 'Metadata: read' })
  }
}
