/** GitHub by a person's token instead of an App: for one issue from a terminal. */
import { ProbotOctokit } from 'probot'
import { UserError } from '../../core/errors.ts'
import type { RepoRef } from '../../core/ids.ts'
import { createGithubApi } from './github-api.ts'
import { CLIENT_OPTIONS } from './github-client.ts'
import type { ClientOf, GithubClient, Identity } from './github-client.ts'
import { createGithubForge } from './github-forge.ts'
import type { GithubForge } from './github-forge.ts'
import { createLimits } from './limits.ts'
import { proposeFiles } from './propose-files.ts'
import type { Proposal, Proposed } from './propose-files.ts'
import { createTokenAccess } from './token-access.ts'
import { refused, translateError } from './translate-error.ts'

export interface TokenForgeOptions {
  readonly token: string
  /** `https://api.github.com`, or `https://ghe.example.com/api/v3`. */
  readonly apiUrl: string
  /** Where repositories are for git and for people, without a slash at the end. */
  readonly webUrl: string
  readonly repository: { readonly owner: string; readonly name: string }
  /** GitHub wants a second between writes; a forge of our own does not. */
  readonly paced: boolean
}

export interface TokenForge {
  readonly forge: GithubForge
  readonly identity: Identity
  /** With the number, which people who name a repository do not know. */
  readonly repo: RepoRef
  /** A pull request that sets the repository up. */
  propose(proposal: Proposal): Promise<Proposed>
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** Looks first whether the token can do what a run needs, so that nobody pays for a run that cannot be published. */
export async function openTokenForge(options: TokenForgeOptions): Promise<TokenForge> {
  const { token, webUrl } = options
  const client = createClient(options)
  const identity = await tokenIdentity(client)
  const repo = await writableRepository(client, identity, options)
  const git = createTokenAccess({ gitUrl: webUrl, token: () => Promise.resolve(token) })
  const clientOf: ClientOf = () => Promise.resolve(client)
  const forge = createGithubForge({ clientOf, identity, git })
  const propose = (proposal: Proposal): Promise<Proposed> =>
    proposeFiles(createGithubApi(clientOf, 'token'), repo, proposal)
  return { forge, identity, repo, propose }
}

/** To read public repositories with nobody's name, or what the token may see; nothing of it knows its own comments. */
export async function openReaderForge({
  token,
  apiUrl,
  repository: { owner, name },
}: Pick<TokenForgeOptions, 'apiUrl' | 'repository'> & { readonly token: string | undefined }): Promise<{
  readonly forge: Pick<GithubForge, 'issues'>
  readonly repo: RepoRef
}> {
  const client = createClient({ token, apiUrl, paced: false })
  const git = createTokenAccess({ gitUrl: '', token: () => Promise.resolve('') })
  const forge = createGithubForge({ clientOf: () => Promise.resolve(client), identity: NOBODY, git })
  try {
    const { data } = await client.request('GET /repos/{owner}/{repo}', { owner, repo: name })
    return { forge, repo: { id: Number(data.id), owner: data.owner.login, name: data.name } }
  } catch (error) {
    if (token === undefined && refused(error)?.status === 404)
      throw new UserError(
        'forge_refused',
        `GitHub shows no repository ${owner}/${name} to everybody. Check the name; a private one takes a token in GITHUB_TOKEN.`,
        { cause: error },
      )
    throw translateError(error, { doing: `to read ${owner}/${name}`, needs: 'Metadata: read' }, 'token')
  }
}

/** No account has this number. */
const NOBODY: Identity = { appId: undefined, userId: 0, login: '' }

function createClient({
  token,
  apiUrl,
  paced,
}: Pick<TokenForgeOptions, 'apiUrl' | 'paced'> & { readonly token: string | undefined }): GithubClient {
  return new ProbotOctokit({
    ...(token === undefined ? {} : { auth: { token } }),
    baseUrl: apiUrl,
    log: SILENT,
    request: { fetch: createLimits().fetchAs('token') },
    retry: CLIENT_OPTIONS.retry,
    throttle: { ...CLIENT_OPTIONS.throttle, enabled: paced },
  })
}

/** The account that a personal token belongs to. */
async function tokenIdentity(client: GithubClient): Promise<Identity> {
  try {
    const { data } = await client.request('GET /user')
    return { appId: undefined, userId: Number(data.id), login: data.login }
  } catch (error) {
    const ours = translateError(
      error,
      { doing: 'to say whose token this is', needs: 'Metadata: read' },
      'token',
    )
    // An installation's token, as workflows have one, is nobody's.
    if (ours instanceof UserError && refused(error)?.status === 403)
      throw new UserError(
        'forge_refused',
        `GitHub refused to say whose token this is (403). It takes the token of a person: ${WANTED}.`,
        { cause: error },
      )
    throw ours
  }
}

const WANTED =
  'a classic one with the scope "repo", or a fine-grained one with "Contents: write", "Issues: write", "Pull requests: write" and "Commit statuses: write" on the repository'

async function writableRepository(
  client: GithubClient,
  { login }: Identity,
  { repository: { owner, name } }: TokenForgeOptions,
): Promise<RepoRef> {
  try {
    const { data, headers } = await client.request('GET /repos/{owner}/{repo}', { owner, repo: name })
    if (data.permissions?.push !== true)
      throw new UserError(
        'forge_refused',
        `${login}, whose token this is, may not push to ${data.full_name}. It takes write permission there.`,
      )
    checkScopes(headers['x-oauth-scopes'], data.private)
    return { id: Number(data.id), owner: data.owner.login, name: data.name }
  } catch (error) {
    throw translateError(error, { doing: `to read ${owner}/${name}`, needs: 'Metadata: read' }, 'token')
  }
}

/** Only classic tokens name their scopes; what a fine-grained one may do shows when it does it. */
function checkScopes(named: unknown, isPrivate: boolean): void {
  if (typeof named !== 'string') return
  const scopes = named.split(',').map((each) => each.trim())
  if (scopes.includes('repo') || (!isPrivate && scopes.includes('public_repo'))) return
  throw new UserError(
    'forge_refused',
    `The token lacks the scope "repo"; it has ${named.trim() === '' ? 'none' : scopes.join(', ')}. Use ${WANTED}.`,
  )
}
