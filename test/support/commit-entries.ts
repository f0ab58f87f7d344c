/** A commit on the default branch of a scenario's repository with what no folder on disk could hold, or not quickly. */
import type { ObjectId } from '../../src/core/ids.ts'
import type { Scenario } from './floor.ts'

export interface Entry {
  readonly path: string
  /** Default: an ordinary file. */
  readonly mode?: '100644' | '100755' | '120000' | '160000'
  /** Of a link: where it points; of a submodule: the commit, which need not be there. */
  readonly content: string | Uint8Array
}

const SUBMODULE = '160000'

/** Equal contents are written once, so that thousands of files take seconds. */
export async function commitEntries(scenario: Scenario, entries: readonly Entry[]): Promise<ObjectId> {
  const { git, defaultBranch } = scenario.floor.forge.repo(scenario.name)
  const ref = `refs/heads/${defaultBranch}`
  const parent = await git.ref(ref)
  if (parent === undefined) throw new Error(`${defaultBranch} is not there`)
  const ids = new Map<string | Uint8Array, ObjectId>()
  for (const { content, mode } of entries) {
    if (ids.has(content)) continue
    ids.set(content, mode === SUBMODULE ? String(content) : await git.writeBlob(Buffer.from(content)))
  }
  const { tree } = await git.readCommit(parent)
  const person = { name: 'Alice', email: 'alice@example.com', date: '2026-01-01T00:00:00Z' }
  const commit = await git.writeCommit({
    tree: await git.writeTree(
      tree,
      entries.map(({ path, mode = '100644', content }) => ({ path, mode, id: ids.get(content) })),
    ),
    parents: [parent],
    message: 'More files',
    author: person,
    committer: person,
  })
  if (!(await git.moveRef(ref, parent, commit))) throw new Error(`${defaultBranch} was moved`)
  return commit
}
