/** What people do to repositories and with their account: push, rename, archive, hand over, delete, remove an App. */
import type { ObjectId } from '../../../core/ids.ts'
import type { Scene } from '../actions/issue-actions.ts'
import { moveRef } from '../actions/ref-actions.ts'
import {
  archiveRepository,
  deleteRepository,
  removeFromInstallation,
  renameRepository,
  suspend,
  transferRepository,
  unarchiveRepository,
  uninstall,
  unsuspend,
} from '../actions/repository-actions.ts'
import { type Account, covers, type Installation, type World } from '../world.ts'
import { type At, repoIn } from './where.ts'

export interface RepositoryDeeds {
  /** One commit on a branch (made from the default branch where it is not there); content undefined deletes. */
  push(repo: string, change: Push): Promise<ObjectId>
  /** All of these need admin. */
  renameRepository(repo: string, name: string): void
  /** `owner` is an account that is there. */
  transferRepository(repo: string, owner: string): void
  archiveRepository(repo: string): void
  unarchiveRepository(repo: string): void
  deleteRepository(repo: string): void
  /** Takes an App off the account that owns the repository; all its tokens end. */
  uninstall(repo: string, app: string): void
  /** Its installation on the account that owns the repository. */
  suspend(repo: string, app: string): void
  unsuspend(repo: string, app: string): void
  /** The App keeps the account's other repositories. */
  removeFromInstallation(repo: string, app: string): void
  /** What this person wrote stays, by GitHub's `ghost`; their tokens and roles are gone. */
  deleteAccount(): void
}

interface Push {
  readonly branch: string
  readonly message: string
  readonly files: Readonly<Record<string, string | undefined>>
}

export function repositoryDeeds(
  at: At,
  { world, account }: { world: World; account: Account },
): RepositoryDeeds {
  const admin = (repo: string): Scene => {
    // An archived repository can be opened again, renamed and deleted, so this is not asked as a write.
    const { archived } = repoIn(world, repo)
    repoIn(world, repo).archived = false
    try {
      return at(repo, 'admin', 'administration')
    } finally {
      repoIn(world, repo).archived = archived
    }
  }
  return {
    push: async (repo, change) => push(at(repo, 'write', 'contents'), change),
    renameRepository: (repo, name) => renameRepository(admin(repo), name),
    transferRepository(repo, owner) {
      const to = world.accounts.get(owner.toLowerCase())
      if (!to) throw new Error(`There is no account "${owner}"`)
      transferRepository(admin(repo), to)
    },
    archiveRepository: (repo) => archiveRepository(admin(repo)),
    unarchiveRepository: (repo) => unarchiveRepository(admin(repo)),
    deleteRepository: (repo) => deleteRepository(admin(repo)),
    uninstall(repo, app) {
      const scene = admin(repo)
      uninstall({ ...scene, installation: installationIn(scene, app) })
    },
    suspend(repo, app) {
      const scene = admin(repo)
      suspend({ ...scene, installation: installationIn(scene, app) })
    },
    unsuspend(repo, app) {
      const scene = admin(repo)
      unsuspend({ ...scene, installation: installationIn(scene, app) })
    },
    removeFromInstallation(repo, app) {
      const scene = admin(repo)
      removeFromInstallation({ ...scene, installation: installationIn(scene, app) }, scene.repo)
    },
    deleteAccount() {
      world.accounts.delete(account.login.toLowerCase())
      for (const [token, principal] of world.tokens)
        if (principal.kind === 'user' && principal.account === account) world.tokens.delete(token)
      for (const repo of world.repos) repo.collaborators.delete(account.login.toLowerCase())
    },
  }
}

function installationIn({ world, repo }: Scene, slug: string): Installation {
  const found = world.installations.find((one) => one.app.slug === slug && covers(one, repo))
  if (!found) throw new Error(`App "${slug}" is not installed on ${repo.name}`)
  return found
}

async function push(scene: Scene, change: Push): Promise<ObjectId> {
  const { world, repo, actor } = scene
  const ref = `refs/heads/${change.branch}`
  const from = await repo.git.ref(ref)
  const parent = from ?? (await repo.git.ref(`refs/heads/${repo.defaultBranch}`))
  const tree = parent && (await repo.git.readCommit(parent)).tree
  const known = tree ? await repo.git.readTree(tree, true) : []
  const entries = await Promise.all(
    Object.entries(change.files).map(async ([path, content]) => {
      const id = content === undefined ? undefined : await repo.git.writeBlob(Buffer.from(content))
      // What is executable stays so, as when a person edits the file.
      return { path, mode: known.find((file) => file.path === path)?.mode ?? '100644', id }
    }),
  )
  const person = { name: actor.account.name, email: actor.account.email, date: world.clock.now() }
  const to = await repo.git.writeCommit({
    tree: await repo.git.writeTree(tree, entries),
    parents: parent ? [parent] : [],
    message: change.message,
    author: person,
    committer: person,
  })
  if (!(await moveRef(scene, { ref, from, to })))
    throw new Error(`${change.branch} was moved by somebody else`)
  return to
}
