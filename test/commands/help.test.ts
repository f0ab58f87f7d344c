import { describe, expect, it } from '@jest/globals'
import { FOREIGN_PULL, NO_RUN, outcomeOf, OVER, replyOf, RUN_AT, say } from './command-bench.ts'

const LIST = `One of these on the first line of a new comment, on the issue or on its pull request:

| Command | Who may say it | What it does |
| --- | --- | --- |
| \`/mill help\` | anyone | this list, and what can be said right now |
| \`/mill status\` | anyone | where the run is, since when, and what it cost so far |
| \`/mill explain\` | anyone | why the run is where it is, and everything that stands against merging its change |
| \`/mill approve [hash]\` | people with write access | lets a plan or a change that waits for a person go on; without a hash, the one that is shown |
| \`/mill revise <text>\` | people with write access | sends a plan or change that waits for approval, or a published change, back with what is to be different |
| \`/mill retry [stage]\` | people with write access | does the work of the stage that the run is held at again, or begins again at an earlier stage |
| \`/mill stop\` | people with write access | ends the run at once: what runs is killed, and nothing more is published |
| \`/mill pause\` | people with write access | stops the work and keeps the place, until \`/mill resume\` |
| \`/mill resume\` | people with write access | goes on from where the run was paused or got stuck |
| \`/mill hold\` | anyone | the work goes on, but nothing is merged until \`/mill unhold\` |
| \`/mill unhold\` | people with write access | lifts a \`/mill hold\` |`

describe('/mill help', () => {
  it.each([
    ['coding', 'Right now I am at `coding`. What can be said: `/mill stop`, `/mill pause`, `/mill hold`.'],
    [
      'awaiting_approval',
      'Right now I am waiting for an approval. What can be said: `/mill approve`, `/mill revise`, `/mill stop`, `/mill pause`, `/mill hold`.',
    ],
    [
      'integrating',
      'Right now the change is published as #13. What can be said: `/mill revise`, `/mill stop`, `/mill pause`, `/mill hold`.',
    ],
    [
      'needs_info',
      'Right now I am waiting for answers. What can be said: `/mill retry`, `/mill stop`, `/mill hold`.',
    ],
    [
      'blocked',
      'Right now the run is blocked at `coding`. What can be said: `/mill retry`, `/mill stop`, `/mill resume`, `/mill hold`.',
    ],
    [
      'publish_gate',
      'Right now the run is paused at `publishing`. What can be said: `/mill approve`, `/mill revise`, `/mill stop`, `/mill hold`.',
    ],
    ['stopped', OVER.stopped],
    ['merged', OVER.merged],
  ] as const)('at %s lists all commands, and those that mean something there', (spot, here) => {
    expect(replyOf(say('/mill help', { run: RUN_AT[spot]() }))).toBe(`${LIST}\n\n${here}`)
  })

  it('is what the name alone asks for, also where there is no run', () => {
    expect(replyOf(say('/mill'))).toBe(`${LIST}\n\n${NO_RUN}`)
    expect(replyOf(say('/mill', { place: 'pull' }))).toBe(`${LIST}\n\n${FOREIGN_PULL}`)
  })

  it('takes no words', () => {
    expect(outcomeOf(say('/mill help me'))).toBe(
      'I did not take `me` behind `/mill help` to mean anything, so I did nothing: `/mill help` stands alone; notes for people go on the lines below it.',
    )
  })
})
