import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { openCrashFloor } from '../support/crash-floor.ts'
import type { CrashFloor, Outcome } from '../support/crash-floor.ts'
import type { Freeze } from '../support/crash-points.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startTestServer } from '../support/postgres-server.ts'
import type { TestServer } from '../support/postgres-server.ts'

/** A run, and the ten to fifteen seconds before somebody is taken for dead. */
const PATIENCE_MS = 240_000

let server: TestServer
let url: string
let floor: CrashFloor
/** Of a run in which nobody stood still: what is left of it, its rev, which each event that counts puts up, its turns. */
let undisturbed: { outcome: Outcome; rev: number; turns: number }
/** The same process in every story. */
let zombie: ChildProcess

beforeAll(async () => {
  server = await startTestServer()
  url = await server.freshUrl()
  floor = await openCrashFloor(5, url)
  zombie = await floor.start()
  const name = floor.begin()
  const outcome = await floor.published(name)
  undisturbed = { outcome, rev: await revOf(name), turns: floor.model.asked.length }
}, PATIENCE_MS)

afterAll(async () => {
  await floor.close()
  await server.close()
}, PATIENCE_MS)

async function revOf(name: string): Promise<number> {
  const { id } = floor.forge.repo(name)
  const rows = await server.query<{ rev: number }>(
    url,
    `SELECT rev FROM millwright.intent WHERE repo = ${id}`,
  )
  return rows[0]?.rev ?? -1
}

async function nothingIsQueued(): Promise<boolean> {
  const open = `SELECT 1 FROM millwright_queue.job WHERE state IN ('created', 'retry', 'active', 'failed')`
  return (await server.query(url, open)).length === 0
}

/** What happened from the moment on that the zombie went on. */
interface Haunting {
  /** What the state comment said, edit by edit. */
  readonly headlines: readonly string[]
  readonly writes: readonly string[]
  /** Of the zombie. */
  readonly log: readonly string[]
}

async function hauntingOf(name: string): Promise<() => Promise<Haunting>> {
  const edits = floor.headlines(name).length
  const requests = floor.forge.requests.length
  const lines = (await floor.log(zombie)).length
  return async () => ({
    headlines: floor.headlines(name).slice(edits),
    writes: floor.forge.requests
      .slice(requests)
      // Who is asked for by GraphQL, and tokens, change nothing.
      .filter(({ method, route }) => method !== 'GET' && route?.startsWith('/repos/'))
      .map(
        ({ method, path, status }) =>
          `${method} ${path.replace(/^\/repos\/[^/]+\/[^/]+|\d+$/g, '')} ${status}`,
      ),
    log: (await floor.log(zombie)).slice(lines),
  })
}

/** It stands still there, another machine brings the run to its end, it goes on; `isLate` tells when it has done its worst. */
async function haunt(
  freeze: Omit<Freeze, 'freezes'>,
  isLate: (seen: Haunting) => boolean,
): Promise<Haunting & { readonly turns: number; readonly askedTwice: number }> {
  const asked = floor.model.asked.length
  await floor.arm(zombie, { ...freeze, freezes: true })
  const name = floor.begin()
  await floor.standsStill(zombie)
  const other = await floor.start()
  expect(await floor.published(name)).toEqual(undisturbed.outcome)
  await waitUntil(nothingIsQueued, PATIENCE_MS)
  const haunting = await hauntingOf(name)
  zombie.kill('SIGCONT')
  await waitUntil(async () => {
    const seen = await haunting()
    return seen.log.includes('claim_lost') && isLate(seen)
  }, PATIENCE_MS)
  await waitUntil(nothingIsQueued, PATIENCE_MS)
  await floor.forge.settled()
  const ended = once(other, 'exit')
  other.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  floor.callOn(zombie)
  expect(await floor.outcome(name)).toEqual(undisturbed.outcome)
  expect(await revOf(name)).toBe(undisturbed.rev)
  const seen = await haunting()
  expect(seen.log.filter((event) => /^(bug|given_up|job_given_up)$/.test(event))).toEqual([])
  return {
    ...seen,
    turns: floor.model.asked.length - asked,
    askedTwice: floor.askedTwice(asked).length,
  }
}

describe('F-59: a worker that stands still while another one goes on with its run', () => {
  it(
    'writes nothing afterwards where it waited for the model: the turn under way alone was asked for again',
    async () => {
      const seen = await haunt({ stage: 'coding', point: 'K4' }, () => true)
      expect(seen).toMatchObject({ headlines: [], writes: [], askedTwice: 1, turns: undisturbed.turns + 1 })
    },
    PATIENCE_MS,
  )

  it(
    'writes an old state over the newest where its edit was about to leave, and the newest is put back',
    async () => {
      const seen = await haunt({ stage: 'planning', point: 'K6' }, ({ headlines }) => headlines.length > 1)
      expect(seen).toMatchObject({
        headlines: ['### 🔴 Writing tests that fail first', '### ✅ The draft pull request is ready for you'],
        writes: ['PATCH /issues/comments/ 200', 'PATCH /issues/comments/ 200'],
        askedTwice: 0,
        turns: undisturbed.turns,
      })
      expect(seen.log).toContain('lock_lost')
    },
    PATIENCE_MS,
  )

  it(
    'is refused a second pull request where it had looked for one before, and says nothing of it',
    async () => {
      const seen = await haunt({ stage: 'publishing', point: 'unsent' }, ({ writes }) => writes.length > 0)
      expect(seen).toMatchObject({
        headlines: [],
        writes: ['POST /pulls 422'],
        askedTwice: 0,
        turns: undisturbed.turns,
      })
    },
    PATIENCE_MS,
  )

  it(
    'is as good a worker as before: alone, it brings the next run from its label to the draft',
    async () => {
      expect(await floor.published(floor.begin())).toEqual(undisturbed.outcome)
    },
    PATIENCE_MS,
  )
})
