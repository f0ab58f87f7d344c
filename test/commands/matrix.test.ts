import { describe, expect, it } from '@jest/globals'
import { VERBS } from '../../src/core/command-grammar.ts'
import type { Verb } from '../../src/core/command-grammar.ts'
import { issueKey } from '../../src/core/ids.ts'
import type { Permission } from '../../src/ports/forge.ts'
import { openEngineBench } from '../support/engine-bench.ts'
import { BOB, ISSUE } from '../support/states.ts'
import { FOREIGN_PULL, NO_RUN, RUN_AT } from './command-bench.ts'

const HELP = 'One of these on the first line of a new comment, on the issue or on its pull request:'

/** GitHub's six roles in the four classes that its API answers with. */
const ROLES = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
} as const satisfies Record<string, Permission>

const PULL = 13
const FOREIGN = 40
/** An issue whose run waits for its plan to be approved; the pull request of one that is published; nothing of ours. */
const PLACES = {
  issue: { run: RUN_AT.awaiting_approval, at: { issue: ISSUE, place: 'issue', thread: ISSUE.number } },
  own_pull: { run: RUN_AT.integrating, at: { issue: ISSUE, place: 'pull', thread: PULL } },
  foreign_pull: {
    run: () => undefined,
    at: { issue: { ...ISSUE, number: FOREIGN }, place: 'pull', thread: FOREIGN },
  },
  issue_without_run: { run: () => undefined, at: { issue: ISSUE, place: 'issue', thread: ISSUE.number } },
} as const
type PlaceName = keyof typeof PLACES

const SAID: Record<Verb, string> = {
  help: '/mill help',
  status: '/mill status',
  explain: '/mill explain',
  approve: '/mill approve',
  revise: '/mill revise use a map',
  retry: '/mill retry',
  stop: '/mill stop',
  pause: '/mill pause',
  resume: '/mill resume',
  hold: '/mill hold',
  unhold: '/mill unhold',
}

/**
 * What comes of each command by somebody who may say it; `right` is who that is. 👍 with the stage that the run is at
 * then, or the first line of the answer.
 */
const EXPECTED: Record<Verb, { right: 'anyone' | 'write' } & Record<PlaceName, string>> = {
  help: answered(HELP, HELP, [HELP, HELP]),
  status: answered(
    '- **awaiting approval** (a person approves the plan), since 2026-11-20 10:00 UTC (6 min).',
    '- **integrating** (a person decides), since 2026-11-20 10:01 UTC (5 min).',
  ),
  explain: answered(
    "The plan waits for a person, because `gates.plan` is `human` in this repository's config.",
    'The change is published as #13. I answer what people and checks say about it, and merge nothing.',
  ),
  approve: forWriters(
    '👍 specifying',
    'Nothing waits for `/mill approve`: people review and merge #13 on its own page.',
  ),
  revise: forWriters('👍 planning', '👍 coding'),
  retry: forWriters(
    'There is nothing to try again: the plan waits for approval, and `/mill approve bbbbbbbbbbbb` approves it.',
    'There is nothing to try again: the change is published as #13, and `/mill revise` asks for a different one.',
  ),
  stop: forWriters('👍 stopped', '👍 stopped'),
  pause: forWriters('👍 paused', '👍 paused'),
  resume: forWriters(
    'There is nothing to resume: the plan waits for approval, and `/mill approve bbbbbbbbbbbb` approves it.',
    'There is nothing to resume: the change is published as #13, and `/mill revise` asks for a different one.',
  ),
  hold: {
    ...forWriters('👍 awaiting_approval, on hold', '👍 integrating, on hold'),
    right: 'anyone',
  },
  unhold: forWriters(
    'It is not on hold, so there is nothing to lift.',
    'It is not on hold, so there is nothing to lift.',
  ),
}

function forWriters(issue: string, own_pull: string): (typeof EXPECTED)['stop'] {
  return { right: 'write', issue, own_pull, foreign_pull: FOREIGN_PULL, issue_without_run: NO_RUN }
}

function answered(
  issue: string,
  own_pull: string,
  [foreign_pull, issue_without_run]: readonly [string, string] = [FOREIGN_PULL, NO_RUN],
): (typeof EXPECTED)['help'] {
  return { right: 'anyone', issue, own_pull, foreign_pull, issue_without_run }
}

/** Said before anything else is looked at: who may not say it learns nothing about the run. */
function refusedFor(verb: Verb, permission: Permission): string {
  const has = permission === 'none' ? 'none right now' : 'only read access'
  return `\`/mill ${verb}\` is for people with write access to this repository, and bob has ${has}.`
}

/** A comment by bob, handled by the engine as it comes from a webhook. */
async function outcome(verb: Verb, name: PlaceName, permission: Permission): Promise<string> {
  const { run, at } = PLACES[name]
  const bench = await openEngineBench(run(), { permissions: { [BOB.login]: permission } })
  const job = bench.say(SAID[verb], BOB)
  if (job.payload.kind !== 'command_given') throw new Error('the bench says commands')
  await bench.handle({ ...job, key: issueKey(at.issue), payload: { ...job.payload, ...at } })
  const seen = `comment ${job.payload.comment}: eyes`
  const done = `comment ${job.payload.comment}: +1`
  if (bench.reactions.includes(done)) {
    expect([bench.reactions, bench.replies()]).toEqual([[seen, done], []])
    const { at: position, hold } = await bench.state()
    return `👍 ${position.stage}${hold ? ', on hold' : ''}`
  }
  expect([bench.reactions, bench.replies()]).toEqual([[seen], [expect.any(String)]])
  return bench.replies()[0]?.split('\n')[0] ?? ''
}

const roles = Object.keys(ROLES) as (keyof typeof ROLES)[]
const places = Object.keys(PLACES) as PlaceName[]

describe('who may say what, where', () => {
  it.each(VERBS.flatMap((verb) => places.map((name) => [verb, name] as const)))(
    '/mill %s at %s, by every role',
    async (verb, name) => {
      const expected = EXPECTED[verb]
      const mayNot: readonly string[] = expected.right === 'anyone' ? [] : ['none', 'read', 'triage']
      for (const role of roles) {
        const said = mayNot.includes(role) ? refusedFor(verb, ROLES[role]) : expected[name]
        expect([role, await outcome(verb, name, ROLES[role])]).toEqual([role, said])
      }
    },
  )
})
