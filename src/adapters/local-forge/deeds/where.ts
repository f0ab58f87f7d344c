/** Where a deed happens and who does it: a person by their role, or an App's bot by its installation. */
import { demand } from '../access.ts'
import type { Scene } from '../actions/issue-actions.ts'
import { asPull } from '../actions/pull-actions.ts'
import type { Need } from '../call.ts'
import type { PullIssue } from '../render/pull.ts'
import {
  type Account,
  covers,
  findRepo,
  type Issue,
  type Principal,
  type Repo,
  type Role,
  type World,
} from '../world.ts'

/** Throws GitHub's refusal where the role is not enough; for Apps the permission counts instead. */
export type At = (repo: string, role: Role, permission?: Need['permission']) => Scene

export function placesOf(world: World, account: Account): At {
  return (name, role, permission = ['issues', 'pull_requests']) => {
    const repo = repoIn(world, name)
    const app = world.apps.find(({ bot }) => bot === account) ?? null
    demand(principalOf({ world, repo }, account), repo, { permission, level: 'write', role })
    return { world, repo, actor: { account, app } }
  }
}

function principalOf({ world, repo }: { world: World; repo: Repo }, account: Account): Principal {
  if (account.type !== 'Bot') return { kind: 'user', token: '', account }
  const installation = world.installations.find((one) => one.app.bot === account && covers(one, repo))
  if (!installation) throw new Error(`${account.login} is not installed on ${repo.name}`)
  const { repositories, permissions } = installation
  return { kind: 'installation', token: '', installation, repositories, permissions, expiresAt: '' }
}

export function repoIn(world: World, name: string): Repo {
  const [owner = '', short = ''] = name.split('/')
  const repo = findRepo(world, owner, short)
  if (!repo) throw new Error(`The local forge has no repository "${name}"`)
  return repo
}

export function issueIn(repo: Repo, number: number): Issue {
  const issue = repo.issues.get(number)
  if (!issue || issue.deleted) throw new Error(`There is no issue or pull request #${number} in ${repo.name}`)
  return issue
}

export function pullIn(repo: Repo, number: number): PullIssue {
  const pull = asPull(issueIn(repo, number))
  if (!pull) throw new Error(`#${number} in ${repo.name} is no pull request`)
  return pull
}
