/** The label that starts work in a repository, as its config on the default branch says now. */
import { readConfig } from '../adapters/config-file/read-config.ts'
import { DEFAULT_CONFIG } from '../core/config.ts'
import type { RepoRef } from '../core/ids.ts'
import { configNow } from '../desk/config-now.ts'
import type { ConfigNowDeps } from '../desk/config-now.ts'

/**
 * Asked for every label that people add anywhere. Where the config has a mistake, the last one without counts; else a
 * repository with a label of its own would hear nothing. Ours where none can be read.
 */
export async function startLabel(parts: Omit<ConfigNowDeps, 'configs'>, repo: RepoRef): Promise<string> {
  const config = await configNow({ ...parts, configs: { read: readConfig } }, repo)
  return config?.label ?? DEFAULT_CONFIG.label
}
