import { describe, expect, it } from '@jest/globals'
import type { FailureCode } from '../../../src/core/event.ts'
import { renderExplanation, renderStatusReply } from '../../../src/core/say/command-replies.ts'
import { renderNotes } from '../../../src/core/say/notes.ts'
import { notBelievedNote } from '../../../src/core/say/rebuilt.ts'
import { renderStatus } from '../../../src/core/say/status.ts'
import { whatNow } from '../../../src/core/say/what-now.ts'
import { why } from '../../../src/core/say/why.ts'
import type { RunState } from '../../../src/core/state.ts'
import {
  ALICE,
  ISSUE,
  later,
  mustReduce,
  result,
  returned,
  stateAt,
  stateUnder,
} from '../../support/states.ts'

const PLACE = { repoUrl: 'https://github.com/acme/tool' }

function delayed(code: FailureCode): RunState {
  const state = stateAt('coding')
  const attempt = state.pending[0]?.id ?? 'none'
  const event = {
    kind: 'work_delayed',
    at: later(300),
    attempt,
    until: later(1200),
    code,
    detail: '529',
  } as const
  return mustReduce(state, event)
}

function waiting(issues: number[], files: string[]): RunState {
  const runs = issues.map((issue) => ({ issue, run: 'zzzz12345' }))
  return mustReduce(stateAt('specifying'), { kind: 'files_taken', at: later(60), runs, files })
}

const headline = (state: RunState) => renderStatus(state, PLACE).split('\n', 1)[0]
const STOP = '- `/mill stop`, or remove the label `millwright`: this run ends at once'

describe('work that waits for a service', () => {
  const line =
    "⏳ The model is overloaded or can't be reached, since 2026-11-20 10:05 UTC. I try again from 2026-11-20 10:20 UTC on, for about a day before I ask for a person."

  it('says what is away, since when, and when it tries again', () => {
    expect(why(delayed('model_unavailable'), PLACE)).toBe(line)
    const status = renderStatus(delayed('model_unavailable'), PLACE)
    expect(status.split(line)).toHaveLength(2)
    expect(headline(delayed('model_unavailable'))).toBe('### 🛠️ Writing the change')
    expect(why(delayed('store_unavailable'), PLACE)).toMatch(/^⏳ My database can't be reached, since/)
    expect(why(delayed('forge_unavailable'), PLACE)).toMatch(
      /^⏳ GitHub is overloaded or can't be reached, since/,
    )
    expect(why(delayed('internal'), PLACE)).toMatch(/^⏳ Something that I need can't be had right now, since/)
  })

  it('stands beside what sent the change back', () => {
    const state = returned()
    const attempt = state.pending[0]?.id ?? 'none'
    const at = { at: later(300), until: later(1200) }
    const told = { kind: 'work_delayed', ...at, attempt, code: 'model_unavailable', detail: '' } as const
    expect(why(mustReduce(state, told), PLACE)).toBe(
      `${line}\n\nWhat sent it back:\n- a remark of bob on \`index.js\` line 3`,
    )
  })

  it('asks for nothing', () => {
    expect(whatNow(delayed('model_unavailable'))).toBe(
      `**What you can do**\n\n- nothing: I try again by myself\n- \`/mill pause\`: I stop working until somebody says \`/mill resume\`\n${STOP}`,
    )
  })

  it('is named by /mill status and /mill explain', () => {
    const state = delayed('model_unavailable')
    expect(renderStatusReply(state, later(600)).split('\n')).toContain(`- ${line}`)
    expect(renderExplanation(state, PLACE).split('\n\n').slice(0, 2)).toEqual([
      'I am at `coding` (the smallest change that turns them green): something is in the way, and I try again by myself.',
      line,
    ])
  })
})

describe('a run that waits for another one', () => {
  it('says for which, over which files, and how it goes on', () => {
    const state = waiting([9, 10], ['src/a.ts', 'src/b.ts'])
    expect(headline(state)).toBe('### ⏳ Waiting for another run')
    expect(why(state, PLACE)).toBe(
      `Another issue of this repository changes the same files, so I wait until that is over, rather than have two changes in each other's way.

- #9
- #10

The files: \`src/a.ts\`, \`src/b.ts\`.`,
    )
    expect(whatNow(state)).toBe(
      `**What you can do**

- nothing: I go on by myself when no run before me changes these files any more
- \`/mill resume\`: I go on at once, and one of us may have to take in what the other did
${STOP}`,
    )
  })

  it('names five files, and how many more there are', () => {
    const files = (many: number) => Array.from({ length: many }, (_, i) => `f${i}`)
    const list = '`f0`, `f1`, `f2`, `f3`, `f4`'
    expect(why(waiting([9], files(5)), PLACE)).toMatch(new RegExp(`\n\nThe files: ${list}\\.$`))
    expect(why(waiting([9], files(6)), PLACE)).toMatch(
      new RegExp(`\n\nThe files: ${list} and 1 more file\\.$`),
    )
    expect(why(waiting([9], files(12)), PLACE)).toMatch(
      new RegExp(`\n\nThe files: ${list} and 7 more files\\.$`),
    )
  })
})

describe('a run whose database was lost', () => {
  const rebuilt = (state: RunState, files: 'there' | 'gone') =>
    mustReduce(state, { kind: 'state_rebuilt', at: later(500), files })

  it('asks for a word above trust level 2', () => {
    const state = rebuilt(stateUnder({ trust: 3 }, 'coding'), 'gone')
    expect(headline(state)).toBe('### ⏸️ Paused: my database was lost')
    expect(why(state, PLACE)).toBe(
      'My database was lost, and I found this run again by this comment. At its trust level a person confirms that it is still wanted before I go on.',
    )
    expect(whatNow(state)).toBe(
      `**What you can do**\n\n- \`/mill resume\`: I go on from \`planning\`\n${STOP}`,
    )
  })

  it('says what is left to do where the commits are gone and the pull request is there', () => {
    const state = rebuilt(returned(), 'gone')
    expect(why(state, PLACE)).toBe(
      "The commits I made for this are neither on the machine I run on nor at GitHub, so I can't go on from them. The pull request and everything said here are as they were.",
    )
    expect(whatNow(state)).toBe(
      `**What you can do**

- \`/mill retry\`: I look for them again, in case the machine that has them is back
- review and merge #13, or close it: this run ends with it
${STOP}, and the pull request stays as it is`,
    )
  })

  it('says why it plans again where what it built is gone, and goes on saying it', () => {
    const note =
      '> What I had built for this was lost, with the machine or the database that held it, so I planned it anew on 2026-11-20 10:08 UTC. What it cost before is in the figures above.'
    const anew = rebuilt(stateAt('coding'), 'gone')
    expect(anew.at.stage).toBe('planning')
    expect(renderNotes(anew)).toBe(note)
    const stopped = mustReduce(anew, { kind: 'stop_requested', at: later(600), by: ALICE })
    expect(renderNotes(stopped)).toBe(note)
    expect(renderNotes(rebuilt(stateAt('coding'), 'there'))).toBe('')
  })

  it('is not gone on with where its comment cannot be believed', () => {
    const url = `https://github.com/acme/tool/issues/${ISSUE.number}#issuecomment-99`
    expect(notBelievedNote(url, 'mallory')).toBe(
      `I lost my database, and can't believe [my comment about the run here](${url}), which would tell me how far I was. mallory edited it last, so I leave it and everything that came of that run as it is. To start over, take the label off this issue and add it again.`,
    )
    expect(notBelievedNote('javascript:alert(1)')).toBe(
      "I lost my database, and can't believe my comment about the run here, which would tell me how far I was. It is not as I wrote it, so I leave it and everything that came of that run as it is. To start over, take the label off this issue and add it again.",
    )
  })
})

describe('something that was given up', () => {
  it('is named, with the words that let the run go on', () => {
    const event = mustReduce(stateAt('integrating'), {
      kind: 'event_given_up',
      at: later(500),
      what: 'command_said',
    })
    const state = stateAt('coding')
    const failed = {
      kind: 'stage_failed',
      code: 'gave_up',
      detail: 'killed 3 workers',
      resumable: true,
    } as const
    const work = mustReduce(state, result(state, failed))
    const sentence =
      'Something I had to do for this failed every time I tried, so I stopped rather than go on without it. What it was is below.'
    expect(why(event, PLACE)).toBe(`${sentence}\n\n\`\`\`text\ncommand_said\n\`\`\``)
    expect(why(work, PLACE)).toBe(`${sentence}\n\n\`\`\`text\nkilled 3 workers\n\`\`\``)
    expect(whatNow(work)).toBe(
      `**What you can do**\n\n- \`/mill retry\` or \`/mill resume\`: I go on from \`coding\`\n${STOP}`,
    )
  })
})
