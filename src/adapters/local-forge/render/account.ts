/** People, organizations, bots and Apps as GitHub's answers show them. */
import type { Account, AppRecord, Installation, World } from '../world.ts'

/** Node ids are opaque at GitHub; ours say what they name, which makes logs readable. */
export function nodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`
}

/** Who wrote what deleted accounts wrote; the same account everywhere at GitHub. */
const GHOST = { login: 'ghost', id: 10_137, type: 'User' } as const

export function isDeleted(world: World, account: Account): boolean {
  return world.accounts.get(account.login.toLowerCase()) !== account
}

export function renderAccount(world: World, given: Account): Record<string, unknown> {
  const account = isDeleted(world, given) ? GHOST : given
  const api = `${world.base}/users/${encodeURIComponent(account.login)}`
  const page = account.type === 'Bot' ? `apps/${account.login.replace(/\[bot\]$/, '')}` : account.login
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type === 'Bot' ? 'BOT' : account.type === 'User' ? 'U' : 'O', account.id),
    avatar_url: `${world.base}/avatars/${account.id}`,
    gravatar_id: '',
    url: api,
    html_url: `${world.base}/${page}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  }
}

/** What webhooks add for repositories of organizations. */
export function renderOrganization(world: World, { login, id }: Account): Record<string, unknown> {
  const api = `${world.base}/orgs/${encodeURIComponent(login)}`
  return {
    login,
    id,
    node_id: nodeId('O', id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${world.base}/avatars/${id}`,
    description: null,
  }
}

/** GET /user: the account with what only it may see. */
export function renderSelf(world: World, account: Account): Record<string, unknown> {
  return {
    ...renderAccount(world, account),
    name: account.name,
    company: null,
    blog: '',
    location: null,
    email: account.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    notification_email: account.email,
    public_repos: world.repos.filter((repo) => repo.owner.id === account.id && !repo.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt,
    private_gists: 0,
    total_private_repos: world.repos.filter((repo) => repo.owner.id === account.id && repo.private).length,
    owned_private_repos: world.repos.filter((repo) => repo.owner.id === account.id && repo.private).length,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  }
}

export function renderApp(world: World, app: AppRecord): Record<string, unknown> {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId('A', app.id),
    owner: renderAccount(world, app.owner),
    name: app.name,
    description: '',
    external_url: `${world.base}/apps/${app.slug}`,
    html_url: `${world.base}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: { metadata: 'read', ...app.permissions },
    events: app.events,
  }
}

export function renderInstallation(world: World, installation: Installation): Record<string, unknown> {
  const { id, app, account, suspended } = installation
  return {
    id,
    client_id: app.clientId,
    account: renderAccount(world, account),
    repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
    access_tokens_url: `${world.base}/app/installations/${id}/access_tokens`,
    repositories_url: `${world.base}/installation/repositories`,
    html_url: `${world.base}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: { metadata: 'read', ...installation.permissions },
    events: app.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: suspended ? renderAccount(world, suspended.by) : null,
    suspended_at: suspended?.at ?? null,
  }
}
