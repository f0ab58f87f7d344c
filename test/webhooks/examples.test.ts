import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Job } from '../../src/ports/queue.ts'
import type { Incoming } from '../../src/ports/incoming.ts'
import { OUTCOMES, OUTCOMES_ON_OUR_BRANCH } from './outcomes.ts'
import type { Outcomes } from './outcomes.ts'
import { EXAMPLES, openPostBox } from './post-box.ts'
import type { Payload, PostBox, Posted } from './post-box.ts'

let box: PostBox
beforeAll(async () => {
  box = await openPostBox()
})
afterAll(() => box.close())

/** `issues.labeled` */
const nameOf = (event: string, { action }: Payload): string =>
  typeof action === 'string' ? `${event}.${action}` : event

/** What was queued, in a few words; else what was answered. */
function outcomeOf(jobs: readonly Job<Incoming>[], { status, text }: Posted): string {
  if (status !== (jobs.length === 0 ? 200 : 202)) return `${status}: ${text}`
  if (jobs.length === 0) return text
  return jobs.map(({ payload }) => wordsFor(payload)).join(', ')
}

function wordsFor(incoming: Incoming): string {
  if (incoming.kind === 'run_event') return `run_event ${incoming.event.kind}`
  if (incoming.kind === 'run_requested') return `run_requested by ${incoming.labelledBy}`
  return incoming.kind
}

/** Delivers every example of an event, changed or not, and says what came of each. */
async function deliver(
  { name, examples }: (typeof EXAMPLES)[number],
  change: (body: string) => string,
): Promise<Map<string, string[]>> {
  const outcomes = new Map<string, string[]>()
  for (const example of examples) {
    const before = box.jobs.length
    const answer = await box.post({ event: name, body: change(JSON.stringify(example)) })
    const key = nameOf(name, example)
    const known = outcomes.get(key) ?? []
    outcomes.set(key, [...known, outcomeOf(box.jobs.slice(before), answer)])
  }
  return outcomes
}

/** One outcome for all examples of an action is written once. */
function inShort(outcomes: ReadonlyMap<string, readonly string[]>): Outcomes {
  return Object.fromEntries(
    [...outcomes].map(([key, all]) => [key, new Set(all).size === 1 ? (all[0] ?? '') : all]),
  )
}

const ofEvent = (outcomes: Outcomes, event: string): Outcomes =>
  Object.fromEntries(Object.entries(outcomes).filter(([key]) => key.split('.')[0] === event))

describe("every example payload of GitHub's, signed and sent", () => {
  it('is one of 329 for 58 events', () => {
    expect(EXAMPLES.length).toBe(58)
    expect(EXAMPLES.reduce((sum, { examples }) => sum + examples.length, 0)).toBe(329)
  })

  it.each(EXAMPLES.map((event) => [event.name, event] as const))(
    '%s means what is written down',
    async (name, event) => {
      expect(inShort(await deliver(event, (body) => body))).toEqual(ofEvent(OUTCOMES, name))
    },
  )

  it.each(EXAMPLES.map((event) => [event.name, event] as const))(
    '%s means what is written down where the branch is one of ours',
    async (name, event) => {
      const renamed = (body: string): string =>
        body.replaceAll(/"(ref|head_branch|name)":"(changes|master)"/g, '"$1":"millwright/12-words-ab12"')
      expect(inShort(await deliver(event, renamed))).toEqual({
        ...ofEvent(OUTCOMES, name),
        ...ofEvent(OUTCOMES_ON_OUR_BRANCH, name),
      })
    },
  )

  it('has an outcome for an event and action that there is an example of', () => {
    const known = new Set(
      EXAMPLES.flatMap(({ name, examples }) => examples.map((each) => nameOf(name, each))),
    )
    expect(Object.keys(OUTCOMES).filter((key) => !known.has(key))).toEqual([])
    expect(Object.keys(OUTCOMES_ON_OUR_BRANCH).filter((key) => !known.has(key))).toEqual([])
  })

  it('is neither unreadable nor an error to us', () => {
    expect(box.log.length).toBeGreaterThanOrEqual(2 * 329)
    expect(box.log.filter(({ level }) => level !== 'info')).toEqual([])
  })
})
