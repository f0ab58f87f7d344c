/** Chooses the config of a run: the base's own, or the last one without mistakes, so that a typing mistake stops nobody. */
import type { Config } from '../../core/config.ts'
import { RetryableError } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import { cleanOutput, oneLine } from '../../core/untrusted.ts'
import type { ConfigFound, Desks } from '../../ports/desk.ts'
import type { Store } from '../../ports/store.ts'
import type { Workspace } from '../../ports/workspace.ts'
import { refuse } from './refuse.ts'

export interface ConfigDeps {
  readonly desks: Pick<Desks, 'config'>
  readonly store: Pick<Store, 'goodConfig' | 'saveGoodConfig'>
}

export interface ChosenConfig {
  readonly config: Config
  readonly commit: ObjectId
  /** Mistakes of the base's own config, where it is not the one that is used. */
  readonly problems: readonly string[]
}

const MOST_PROBLEMS = 10
const PROBLEM_ROOM = 300

/** Undefined where it cannot be read any more: after a force push, or from git directories that were made anew. */
async function configAt(
  { desks }: ConfigDeps,
  workspace: Workspace,
  commit: ObjectId,
): Promise<ConfigFound | undefined> {
  try {
    return await desks.config(workspace, commit)
  } catch (error) {
    if (error instanceof RetryableError) throw error
    // Whatever the reason, what people can mend is the config of the base, and that is what they are told of.
    return undefined
  }
}

export async function chooseConfig(
  deps: ConfigDeps,
  { workspace, commit }: { workspace: Workspace; commit: ObjectId },
): Promise<ChosenConfig> {
  const { id } = workspace.repo
  const own = await deps.desks.config(workspace, commit)
  if (own.ok) {
    await deps.store.saveGoodConfig(id, commit)
    return { config: own.config, commit, problems: [] }
  }
  const older = await deps.store.goodConfig(id)
  const good = older === undefined ? undefined : await configAt(deps, workspace, older)
  if (older === undefined || good?.ok !== true) {
    const list = own.problems.map((problem) => `- ${problem}`).join('\n')
    return refuse('config_invalid', cleanOutput(list, 1900), true)
  }
  const problems = own.problems.slice(0, MOST_PROBLEMS).map((problem) => oneLine(problem, PROBLEM_ROOM))
  return { config: good.config, commit: older, problems }
}
