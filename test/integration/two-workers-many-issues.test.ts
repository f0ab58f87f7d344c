/** Two hundred issues labelled at once, one process at the door and two workers on one PostgreSQL: each ends once. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { openFleetFloor } from '../support/fleet-floor.ts'
import type { FleetFloor, FleetIssue, FleetOptions } from '../support/fleet-floor.ts'
import { FLEET_ENDS, requestOf } from '../support/fleet-work.ts'
import type { FleetEnd } from '../support/fleet-work.ts'
import { waitUntil } from '../support/host-processes.ts'
import type { MillProcess } from '../support/mill-process.ts'
import { askedTwice } from '../support/scripted-model.ts'

/** Two minutes on two idle cores; a busy machine is no failure. */
const PATIENCE_MS = 30 * 60_000

let floor: FleetFloor | undefined
afterEach(async () => {
  await floor?.close()
  floor = undefined
}, PATIENCE_MS)

function many(end: FleetEnd, repositories: number, issues: number): FleetOptions['repositories'] {
  return Array.from({ length: repositories }, () => ({ end, issues }))
}

/** At trust level 1 the patch has a comment of its own. */
const PROPOSAL = 'Proposed patch: Name the address that takes holiday requests'

/** All that is on the forge of one issue, and all that its model was asked. */
async function outcomeOf(fleet: FleetFloor, about: FleetIssue) {
  const { repository, number, request } = about
  const repo = fleet.forge.repo(repository)
  const own = `millwright/${number}-`
  const pulls = [...repo.issues.values()].flatMap(({ pull }) =>
    pull?.headBranch.startsWith(own) ? [pull] : [],
  )
  const asked = fleet.model.asked.filter((one) => requestOf(one) === request)
  const issue = fleet.issue(about)
  const comments = fleet.ours(about)
  return {
    request,
    headlines: comments.map((body) => /^### (.*)$/m.exec(body)?.[1]),
    reactions: issue.reactions.map(({ user, content }) => `${user.login} ${content}`),
    labels: issue.labels.map(({ name }) => name),
    branches: [...(await repo.git.refs()).keys()].filter((ref) => ref.startsWith(`refs/heads/${own}`)).length,
    pulls: pulls.map(({ draft, reviews, head }) => ({
      draft,
      reviews: reviews.length,
      checks: repo.checks.filter((check) => check.head === head).map(({ name }) => name),
    })),
    // One that was cut off is asked again, and is the same request.
    turns: [...new Map(asked.map(({ raw, headers }) => [raw, headers['x-millwright-role']])).values()],
  }
}

function expectedOf({ end, request }: FleetIssue) {
  const { headline, roles } = FLEET_ENDS[end]
  const isPublished = end === 'proved' || end === 'draft'
  return {
    request,
    headlines: end === 'patch' ? [headline, PROPOSAL] : [headline],
    reactions: ['millwright[bot] eyes'],
    labels: [LABEL],
    branches: isPublished ? 1 : 0,
    pulls: isPublished ? [{ draft: true, reviews: 1, checks: ['millwright'] }] : [],
    turns: roles,
  }
}

/** The issues whose state a worker saved, by the lines that it says. */
function movedBy(worker: MillProcess): ReadonlySet<string> {
  return new Set([...worker.output().matchAll(/^\S+Z (\S+#\d+)/gm)].map(([, issue]) => issue ?? ''))
}

describe('issues', () => {
  it(
    'end once each, whichever worker does what, where two hundred are labelled at once',
    async () => {
      floor = await openFleetFloor({
        repositories: [
          ...many('proved', 2, 1),
          ...many('draft', 2, 5),
          ...many('patch', 2, 4),
          ...many('plan', 2, 10),
          ...many('question', 8, 20),
        ],
        folders: 'own',
      })
      const fleet = floor
      const workers = await Promise.all([fleet.startWorker(), fleet.startWorker()])
      const issues = fleet.labelAll()
      expect(issues).toHaveLength(200)
      // Nothing waits in the queue then; a moment later the next sweep may.
      await fleet.ended()

      expect(await Promise.all(issues.map((issue) => outcomeOf(fleet, issue)))).toEqual(
        issues.map(expectedOf),
      )
      expect(askedTwice(fleet.model.asked)).toEqual([])
      expect(fleet.forge.deliveries.filter(({ status }) => status !== 202 && status !== 200)).toEqual([])
      // Neither of them stood by.
      for (const worker of workers) expect(movedBy(worker).size).toBeGreaterThan(issues.length / 10)
      expect(await fleet.errors()).toEqual([])
    },
    PATIENCE_MS,
  )

  it(
    'end once each, and pay for what was cut off at most, where one of two workers on a state folder is killed',
    async () => {
      floor = await openFleetFloor({
        repositories: [...many('draft', 2, 2), ...many('plan', 2, 2)],
        folders: 'shared',
      })
      const fleet = floor
      const [killed] = await Promise.all([fleet.startWorker(), fleet.startWorker()])
      const issues = fleet.labelAll()
      const isCoded = (about: FleetIssue): boolean => (fleet.ours(about)[0] ?? '').startsWith('### 🛠️')
      await waitUntil(async () => issues.some(isCoded), PATIENCE_MS)
      killed.child.kill('SIGKILL')
      // Nothing waits in the queue then; a moment later the next sweep may.
      await fleet.ended()

      expect(await Promise.all(issues.map((issue) => outcomeOf(fleet, issue)))).toEqual(
        issues.map(expectedOf),
      )
      // It had two slots, and so at most two requests under way.
      expect(askedTwice(fleet.model.asked).length).toBeLessThanOrEqual(2)
      expect(await fleet.errors()).toEqual([])
    },
    PATIENCE_MS,
  )
})
