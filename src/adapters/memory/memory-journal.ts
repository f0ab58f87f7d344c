/** The journal of one process: attempts in it are not paid twice. What it holds is gone with the process. */
import type { Role } from '../../ports/agents.ts'
import type { ConversationPlace, Journal, StoredCall } from '../../ports/journal.ts'
import type { ToolAnswer } from '../../ports/tools.ts'

interface Row {
  readonly place: ConversationPlace
  readonly results: Map<string, ToolAnswer>
  call: StoredCall
}

export function createMemoryJournal(): Journal {
  const rows = new Map<string, Row>()
  let made = 0
  const same = (a: ConversationPlace, b: ConversationPlace): boolean =>
    a.effect === b.effect && a.role === b.role && a.nth === b.nth
  return {
    async read(run, effect) {
      const ofRun = [...rows.values()].filter(({ place }) => place.run === run)
      const first = ofRun.findIndex(({ place }) => place.effect === effect)
      const earlier = first < 0 ? ofRun : ofRun.slice(0, first)
      const others = new Set(earlier.map(({ place }) => `${place.role} ${place.effect} ${place.nth}`))
      const before = new Map<Role, number>()
      for (const other of others) {
        const role = other.slice(0, other.indexOf(' ')) as Role
        before.set(role, (before.get(role) ?? 0) + 1)
      }
      const calls = ofRun
        .filter(({ place }) => place.effect === effect)
        // A copy: what an attempt reads must not change while it replays.
        .map(({ call, results }) => ({ ...call, results: new Map(results) }))
      return { calls, before }
    },
    async addCall(place, call) {
      for (const row of rows.values()) {
        if (!same(row.place, place) || row.call.at < call.at) continue
        row.results.clear()
        row.call = { ...row.call, outcome: 'lost', reply: '', files: undefined }
      }
      const id = String((made += 1))
      const results = new Map<string, ToolAnswer>()
      const { role, nth } = place
      rows.set(id, { place, results, call: { ...call, id, role, nth, results, files: undefined } })
      return id
    },
    async addResult(call, toolUse, answer) {
      const row = rows.get(call)
      if (row && row.call.outcome === 'received') row.results.set(toolUse, answer)
    },
    async keepFiles(call, files) {
      const row = rows.get(call)
      if (row && row.call.outcome === 'received') row.call = { ...row.call, files }
    },
    async forget(run) {
      for (const [id, { place }] of rows) if (place.run === run) rows.delete(id)
    },
  }
}
