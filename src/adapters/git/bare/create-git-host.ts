/** A folder of bare repositories, `owner/name.git`, made as they are asked for. */
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BareRepository, GitHost } from '../../../ports/git-host.ts'
import { git } from '../git.ts'
import { bareRepository } from './bare-repository.ts'
import { importFolder } from './import-folder.ts'

/** GitHub's alphabet for owners and repositories, which also keeps paths inside the root. */
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/

/** `root` is made when it is not there. Two hosts on one root see the same repositories. */
export function createGitHost({ root }: { root: string }): GitHost {
  const opened = new Map<string, Promise<BareRepository>>()
  return {
    repository(owner, name) {
      const key = `${owner}/${name}`.toLowerCase()
      const known = opened.get(key) ?? open(root, owner, name)
      opened.set(key, known)
      known.catch(() => opened.delete(key))
      return known
    },
    importFolder,
  }
}

async function open(root: string, owner: string, name: string): Promise<BareRepository> {
  if (!NAME.test(owner) || !NAME.test(name))
    throw new Error(`"${owner}/${name}" is no repository name; use letters, digits, ".", "_" and "-"`)
  // Lower case: GitHub's names are the same in any case, and some file systems cannot tell them apart either.
  const dir = join(root, owner.toLowerCase(), `${name.toLowerCase()}.git`)
  const there = await stat(join(dir, 'HEAD')).catch(() => undefined)
  if (!there) {
    await mkdir(dir, { recursive: true })
    await git(undefined, ['init', '--quiet', '--bare', '--initial-branch=main', '--template=', dir])
  }
  return bareRepository(dir, `${owner}-${name}`)
}
