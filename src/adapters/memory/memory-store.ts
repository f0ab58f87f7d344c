/** The store of one process. What it holds is gone with it; a durable one stands behind the same port. */
import type { ObjectId } from '../../core/ids.ts'
import { isTerminal } from '../../core/stage.ts'
import type { Intent, PastRun, Store } from '../../ports/store.ts'
import type { RunPack } from '../../ports/workspace.ts'

interface Known {
  intent: Intent
  readonly savedAt: number
}

const DAY_MS = 24 * 3600 * 1000

export function createMemoryStore(): Store {
  const intents = new Map<string, Known>()
  const runs: PastRun[] = []
  return {
    async saveIntent(key, intent) {
      const known = intents.get(key)?.intent
      // A rev never goes back within a run: a late writer must not undo what is confirmed.
      if (known?.state.run === intent.state.run && known.state.rev > intent.state.rev) {
        throw new Error(`intent ${intent.state.rev} of ${key} is older than ${known.state.rev}`)
      }
      intents.set(key, { intent, savedAt: performance.now() })
    },
    async intent(key) {
      return intents.get(key)?.intent
    },
    async openRuns(repo) {
      return openStates(intents).filter(({ issue }) => issue.repo.id === repo)
    },
    async allOpenRuns() {
      return openStates(intents)
    },
    async unsettled() {
      const unconfirmed = [...intents.values()].filter(({ intent }) => !intent.confirmed)
      return unconfirmed.map(({ intent }) => intent.state.issue)
    },
    ...remembered(),
    ...packed(),
    async saveRun(run) {
      const index = runs.findIndex((one) => one.run === run.run)
      if (index >= 0) runs.splice(index, 1)
      runs.unshift(run)
    },
    async pastRuns(repo, limit) {
      return runs.filter((run) => run.repo === repo).slice(0, limit)
    },
    // Jobs and journals of one process end with what they are for; bodies alone stay.
    async forgetOlderThan(days) {
      const before = performance.now() - days * DAY_MS
      const old = [...intents.values()].filter(
        (known) => known.savedAt <= before && isForgettable(known.intent),
      )
      for (const known of old) known.intent = { ...known.intent, body: '' }
      return old.length
    },
  }
}

function openStates(intents: ReadonlyMap<string, Known>): readonly Intent['state'][] {
  const states = [...intents.values()].map(({ intent }) => intent.state)
  return states.filter(({ at }) => !isTerminal(at.stage))
}

/** An unconfirmed one is written again, so its body is needed. */
function isForgettable({ state, confirmed, body }: Intent): boolean {
  return isTerminal(state.at.stage) && confirmed && body !== ''
}

function remembered(): Pick<Store, 'saveGoodConfig' | 'goodConfig' | 'saveWatermark' | 'watermark'> {
  const good = new Map<number, ObjectId>()
  const watermarks = new Map<string, string>()
  return {
    async saveGoodConfig(repo, commit) {
      good.set(repo, commit)
    },
    async goodConfig(repo) {
      return good.get(repo)
    },
    async saveWatermark(subject, at) {
      watermarks.set(subject, at)
    },
    async watermark(subject) {
      return watermarks.get(subject)
    },
  }
}

function packed(): Pick<Store, 'savePack' | 'pack' | 'dropPack'> {
  const packs = new Map<string, RunPack>()
  return {
    async savePack(run, pack) {
      packs.set(run, pack)
    },
    async pack(run) {
      return packs.get(run)
    },
    async dropPack(run) {
      packs.delete(run)
    },
  }
}
