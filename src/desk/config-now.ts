/** The config as it is now on the default branch, without a checkout. */
import type { Config } from '../core/config.ts'
import { UserError } from '../core/errors.ts'
import type { RepoRef } from '../core/ids.ts'
import { CONFIG_LIMIT, CONFIG_PATH } from '../ports/config.ts'
import type { ConfigReader } from '../ports/config.ts'
import type { IssuesForge } from '../ports/forge.ts'
import type { Store } from '../ports/store.ts'

export interface ConfigNowDeps {
  readonly issues: Pick<IssuesForge, 'textFile'>
  readonly store: Pick<Store, 'goodConfig'>
  readonly configs: ConfigReader
}

/**
 * One small file, asked for conditionally. Where it has a mistake, the last one without counts, as it does for a run
 * that begins. Undefined where none can be read.
 */
export async function configNow(deps: ConfigNowDeps, repo: RepoRef): Promise<Config | undefined> {
  const now = await configAt(deps, repo, 'HEAD')
  if (now !== undefined) return now
  const good = await deps.store.goodConfig(repo.id)
  return good === undefined ? undefined : configAt(deps, repo, good)
}

async function configAt(
  { issues, configs }: ConfigNowDeps,
  repo: RepoRef,
  ref: string,
): Promise<Config | undefined> {
  try {
    const text = await issues.textFile(repo, { path: CONFIG_PATH, ref, limit: CONFIG_LIMIT })
    const read = configs.read(text ?? '')
    return read.ok ? read.config : undefined
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
