/** What admins do to a repository as a whole: renamed, transferred, archived, deleted, taken from an App. */
import { invalid } from '../api-error.ts'
import { nodeId, renderAccount, renderInstallation } from '../render/account.ts'
import { renderRepository } from '../render/repository.ts'
import {
  type Account,
  type Actor,
  covers,
  findRepo,
  fullName,
  type Installation,
  type Repo,
  type World,
} from '../world.ts'
import type { Scene } from './issue-actions.ts'

function announce({ world, repo, actor }: Scene, more: { action: string; changes?: unknown }): void {
  world.emit(repo, 'repository', {
    ...more,
    repository: renderRepository(world, repo),
    sender: renderAccount(world, actor.account),
  })
}

/** The old name redirects from then on. */
export function renameRepository(scene: Scene, name: string): void {
  const { world, repo } = scene
  const from = repo.name
  leave(world, repo, { owner: repo.owner, name })
  announce(scene, { action: 'renamed', changes: { repository: { name: { from } } } })
}

/** GitHub tells this only to Apps of the new owner. */
export function transferRepository(scene: Scene, owner: Account): void {
  const { world, repo } = scene
  const kind = repo.owner.type === 'Organization' ? 'organization' : 'user'
  const from = { [kind]: renderAccount(world, repo.owner) }
  leave(world, repo, { owner, name: repo.name })
  announce(scene, { action: 'transferred', changes: { owner: { from } } })
}

function leave(world: World, repo: Repo, to: { owner: Account; name: string }): void {
  if (findRepo(world, to.owner.login, to.name))
    throw invalid('Repository', 'name', { message: 'name already exists on this account' })
  const former = fullName(repo).toLowerCase()
  Object.assign(repo, to)
  world.formerNames.set(former, repo)
  world.formerNames.delete(fullName(repo).toLowerCase())
}

export function archiveRepository(scene: Scene): void {
  if (scene.repo.archived) return
  scene.repo.archived = true
  announce(scene, { action: 'archived' })
}

export function unarchiveRepository(scene: Scene): void {
  if (!scene.repo.archived) return
  scene.repo.archived = false
  announce(scene, { action: 'unarchived' })
}

export function deleteRepository(scene: Scene): void {
  const { world, repo } = scene
  announce(scene, { action: 'deleted' })
  world.repos.splice(world.repos.indexOf(repo), 1)
}

interface Owned {
  readonly world: World
  readonly actor: Actor
  readonly installation: Installation
}

/** Its tokens are worth nothing from that moment. */
export function uninstall({ world, actor, installation }: Owned): void {
  world.installations.splice(world.installations.indexOf(installation), 1)
  for (const [token, principal] of world.tokens)
    if (principal.kind === 'installation' && principal.installation === installation)
      world.tokens.delete(token)
  announceInstallation({ world, actor, installation }, 'deleted')
}

/** Its tokens are refused until the suspension is lifted, and nothing but that is told to the App. */
export function suspend({ world, actor, installation }: Owned): void {
  installation.suspended = { at: world.clock.now(), by: actor.account }
  announceInstallation({ world, actor, installation }, 'suspend')
}

export function unsuspend({ world, actor, installation }: Owned): void {
  installation.suspended = undefined
  announceInstallation({ world, actor, installation }, 'unsuspend')
}

function announceInstallation({ world, actor, installation }: Owned, action: string): void {
  world.notify(installation, 'installation', {
    action,
    installation: renderInstallation(world, installation),
    repositories: seenBy(world, installation).map(brief),
    sender: renderAccount(world, actor.account),
  })
}

/** An installation on all repositories becomes one on all the others. */
export function removeFromInstallation({ world, actor, installation }: Owned, repo: Repo): void {
  const left = seenBy(world, installation).filter((known) => known !== repo)
  installation.repositories = new Set(left.map(({ id }) => id))
  world.notify(installation, 'installation_repositories', {
    action: 'removed',
    installation: renderInstallation(world, installation),
    repository_selection: 'selected',
    repositories_added: [],
    repositories_removed: [brief(repo)],
    requester: null,
    sender: renderAccount(world, actor.account),
  })
}

const seenBy = (world: World, installation: Installation) =>
  world.repos.filter((repo) => covers(installation, repo))

const brief = (repo: Repo) => ({
  id: repo.id,
  node_id: nodeId('R', repo.id),
  name: repo.name,
  full_name: fullName(repo),
  private: repo.private,
})
