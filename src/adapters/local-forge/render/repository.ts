/** Repositories and branches as GitHub's answers show them. */
import { renderAccount, nodeId } from './account.ts'
import { atLeast, fullName, type Principal, type Repo, roleOf, type World } from '../world.ts'

/** Every `…_url` of a repository and what follows its API address. */
const API_URLS = {
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
}

export const apiUrl = (world: World, repo: Repo) => `${world.base}/repos/${fullName(repo)}`
export const pageUrl = (world: World, repo: Repo) => `${world.base}/${fullName(repo)}`
export const branchUrl = (world: World, repo: Repo, name: string) =>
  `${apiUrl(world, repo)}/branches/${encodeURIComponent(name)}`

/** The part that lists, pull requests and webhooks carry. */
export function renderRepository(world: World, repo: Repo): Record<string, unknown> {
  const api = apiUrl(world, repo)
  const page = pageUrl(world, repo)
  const urls = Object.entries(API_URLS).map(([key, suffix]) => [key, api + suffix])
  return {
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: fullName(repo),
    private: repo.private,
    owner: renderAccount(world, repo.owner),
    html_url: page,
    description: repo.description,
    fork: false,
    url: api,
    ...(Object.fromEntries(urls) as Record<string, string>),
    created_at: repo.createdAt,
    updated_at: repo.pushedAt,
    pushed_at: repo.pushedAt,
    git_url: `${page.replace(/^https?/, 'git')}.git`,
    ssh_url: `git@localhost:${fullName(repo)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    homepage: null,
    size: 0,
    ...renderCounts(repo),
    ...FEATURES,
    archived: repo.archived,
    visibility: repo.private ? 'private' : 'public',
    default_branch: repo.defaultBranch,
  }
}

function renderCounts(repo: Repo): Record<string, number> {
  const open = [...repo.issues.values()].filter((issue) => issue.state === 'open' && !issue.deleted).length
  return {
    stargazers_count: 0,
    watchers_count: 0,
    forks_count: 0,
    open_issues_count: open,
    forks: 0,
    open_issues: open,
    watchers: 0,
  }
}

const FEATURES = {
  language: null,
  has_issues: true,
  has_projects: false,
  has_downloads: false,
  has_wiki: false,
  has_pages: false,
  has_discussions: false,
  mirror_url: null,
  disabled: false,
  license: null,
  allow_forking: true,
  is_template: false,
  web_commit_signoff_required: false,
  topics: [],
}

/** GET /repos/{owner}/{repo}: with settings, and with what the caller may do where it is a person. */
export function renderFullRepository(
  world: World,
  repo: Repo,
  principal: Principal,
): Record<string, unknown> {
  return {
    ...renderRepository(world, repo),
    network_count: 0,
    subscribers_count: 0,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    ...(principal.kind === 'user' && {
      permissions: {
        admin: atLeast(roleOf(repo, principal.account), 'admin'),
        maintain: atLeast(roleOf(repo, principal.account), 'maintain'),
        push: atLeast(roleOf(repo, principal.account), 'write'),
        triage: atLeast(roleOf(repo, principal.account), 'triage'),
        pull: true,
      },
    }),
  }
}
