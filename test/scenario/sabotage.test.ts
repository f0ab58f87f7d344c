import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ContentBlock } from '../../src/adapters/recorded-model/recording.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { ScenarioRoom } from '../support/floor.ts'
import { playStory, recast, recordingOf, reply, storyNamed } from '../support/recorded-story.ts'

const STORY = storyNamed('minimist')
const RECORDING = recordingOf(STORY)

const edit = (file_path: string, old_string: string, new_string: string) => ({
  name: 'edit',
  input: { file_path, old_string, new_string },
})
const submitted = reply({
  name: 'submit',
  input: {
    result: { summary: 'Takes everything behind the first equals sign.', not_done: [], cannot: null },
  },
})
const RIGHT = edit('index.js', "next.split('=')[1]", "next.slice(next.indexOf('=') + 1)")
const coder = (...turns: ContentBlock[][]) => recast(RECORDING, 'coder', [...turns, submitted])

/** A reviewer that waves everything through, whatever it is shown. */
const approving = (recording: typeof RECORDING) =>
  recast(recording, 'reviewer', [
    reply({
      name: 'submit',
      input: { result: { summary: 'Looks good to me.', findings: [], not_checked: [] } },
    }),
  ])

let room: ScenarioRoom
beforeAll(async () => {
  room = await openScenarioRoom()
}, 60_000)
afterAll(() => room.close())

describe('the recorded patch, sabotaged, before a reviewer that approves everything', () => {
  it('with a wrong fix ends without a pull request', async () => {
    const wrong = coder(reply(edit('index.js', "next.split('=')[1]", "next.split('=').slice(1).join('')")))
    await playStory(room, { story: STORY, recording: approving(wrong) }, async (scenario) => {
      expect(scenario.pulls()).toEqual([])
      expect(await scenario.branches()).toEqual(['main'])
      expect(scenario.states.at(-1)?.at).toMatchObject({
        stage: 'blocked',
        reason: { code: 'criteria_not_green' },
      })
      expect(scenario.status()).toContain('The criterion tests could not be made to pass.')
    })
  }, 120_000)

  it('with the right fix and the tests edited, again after being told, ends without a pull request', async () => {
    const tester = RECORDING.conversations.find((one) => one.role === 'tester')
    const files = tester?.turns.flatMap((turn) => turn.response.content).flatMap(pathOf) ?? []
    expect(files.length).toBeGreaterThan(0)
    const spoil = reply(
      ...files.map((path) => ({ name: 'write', input: { file_path: path, content: SPOILT } })),
    )
    const cheat = coder(reply(RIGHT), spoil, submitted, spoil, submitted)
    await playStory(room, { story: STORY, recording: approving(cheat) }, async (scenario) => {
      expect(scenario.pulls()).toEqual([])
      expect(await scenario.branches()).toEqual(['main'])
      expect(scenario.states.at(-1)?.at).toMatchObject({ stage: 'blocked', reason: { code: 'tests_edited' } })
      expect(scenario.status()).toContain('The coder changed the criterion tests, which are locked')
    })
  }, 120_000)

  it.each([
    ['approves everything', approving],
    ['reviews as recorded', (recording: typeof RECORDING) => recording],
  ])(
    'with a needless hunk lists it, when the reviewer %s',
    async (_who, review) => {
      const needless = edit(
        'index.js',
        "var defaults = opts['default'] || {};",
        "var defaults = (opts['default'] || {});",
      )
      const recording = review(coder(reply(RIGHT, needless)))
      await playStory(room, { story: STORY, recording }, async (scenario) => {
        const [pull] = scenario.pulls()
        expect(pull?.body).toMatch(
          /\*\*Unproved: 1 hunk of 2\.\*\* No test goes red without it: `index\.js` line \d+\./,
        )
        expect(scenario.status()).toContain('**Unproved: 1 hunk of 2.**')
        const [check] = scenario.floor.forge.repo(scenario.name).checks
        expect(check).toMatchObject({
          conclusion: 'neutral',
          title: expect.stringContaining('1 hunk unproved'),
        })
      })
    },
    120_000,
  )
})

const SPOILT = "var test = require('tape');\ntest('nothing', function (t) { t.pass('fine'); t.end(); });\n"

/** Files that a recorded tester wrote or edited. */
function pathOf(block: ContentBlock): string[] {
  if (block.type !== 'tool_use' || (block['name'] !== 'edit' && block['name'] !== 'write')) return []
  const input = block['input'] as { file_path?: string }
  return input.file_path ? [input.file_path] : []
}
