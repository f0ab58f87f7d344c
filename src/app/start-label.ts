/** The label that starts work in a repository, as its config on the default branch says now. */
import { readConfig } from '../adapters/config-file/read-config.ts'
import { DEFAULT_CONFIG } from '../core/config.ts'
import { UserError } from '../core/errors.ts'
import type { RepoRef } from '../core/ids.ts'
import { CONFIG_LIMIT, CONFIG_PATH } from '../ports/config.ts'
import type { IssuesForge } from '../ports/forge.ts'
import type { Store } from '../ports/store.ts'

interface LabelParts {
  readonly issues: Pick<IssuesForge, 'textFile'>
  readonly store: Pick<Store, 'goodConfig'>
}

/**
 * Asked for every label that people add anywhere, so: one small file, conditionally. Where it has a mistake, the last
 * one without counts, as it does for the run; else a repository with a label of its own would hear nothing. Ours where
 * none can be read.
 */
export async function startLabel(parts: LabelParts, repo: RepoRef): Promise<string> {
  const now = await labelAt(parts, repo, 'HEAD')
  if (now !== undefined) return now
  const good = await parts.store.goodConfig(repo.id)
  const before = good === undefined ? undefined : await labelAt(parts, repo, good)
  return before ?? DEFAULT_CONFIG.label
}

async function labelAt({ issues }: LabelParts, repo: RepoRef, ref: string): Promise<string | undefined> {
  try {
    const text = await issues.textFile(repo, { path: CONFIG_PATH, ref, limit: CONFIG_LIMIT })
    const read = readConfig(text ?? '')
    return read.ok ? read.config.label : undefined
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
