/** The store of one process. What it holds is gone with it; a durable one stands behind the same port. */
import type { ObjectId } from '../../core/ids.ts'
import { isTerminal } from '../../core/stage.ts'
import type { Intent, PastRun, Store } from '../../ports/store.ts'

export function createMemoryStore(): Store {
  const intents = new Map<string, Intent>()
  const runs: PastRun[] = []
  const good = new Map<number, ObjectId>()
  return {
    async saveIntent(key, intent) {
      const known = intents.get(key)
      // A rev never goes back within a run: a late writer must not undo what is confirmed.
      if (known?.state.run === intent.state.run && known.state.rev > intent.state.rev) {
        throw new Error(`intent ${intent.state.rev} of ${key} is older than ${known.state.rev}`)
      }
      intents.set(key, intent)
    },
    async intent(key) {
      return intents.get(key)
    },
    async openRuns(repo) {
      const states = [...intents.values()].map(({ state }) => state)
      return states.filter(({ issue, at }) => issue.repo.id === repo && !isTerminal(at.stage))
    },
    async saveGoodConfig(repo, commit) {
      good.set(repo, commit)
    },
    async goodConfig(repo) {
      return good.get(repo)
    },
    async saveRun(run) {
      const index = runs.findIndex((one) => one.run === run.run)
      if (index >= 0) runs.splice(index, 1)
      runs.unshift(run)
    },
    async pastRuns(repo, limit) {
      return runs.filter((run) => run.repo === repo).slice(0, limit)
    },
  }
}
