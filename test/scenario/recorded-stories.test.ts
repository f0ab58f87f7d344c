import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { STORIES } from '../../src/app/demo/stories.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { ScenarioRoom } from '../support/floor.ts'
import { playStory, recordingOf } from '../support/recorded-story.ts'

/** What no test of the story needs, and the pull request must own up to: a type declaration, with no type check installed. */
const UNPROVED: Record<string, string[]> = { minimist: [], 'side-channel': ['index.d.ts'] }

let room: ScenarioRoom
beforeAll(async () => {
  room = await openScenarioRoom({ validated: true })
}, 60_000)
afterAll(() => room.close())

describe.each(STORIES.map((story) => [story.name, story] as const))('the story of %s', (_name, story) => {
  it('goes from label to a proven draft pull request, with few requests and nothing hidden', async () => {
    await playStory(room, { story, recording: recordingOf(story) }, async (scenario, number, replay) => {
      const last = scenario.states.at(-1)
      expect(last?.at.stage).toBe('integrating')
      if (last?.at.stage !== 'integrating') return

      // The recording still fits the prompts, and every answer came from it.
      expect(replay.left()).toEqual([])
      expect(replay.drift().map((one) => `${one.conversation} ${one.part}\n${one.diff}`)).toEqual([])

      // Proved by the runner: red by assertion on base, green five times of five on head, nothing left unproved.
      for (const one of last.at.evidence.criteria.filter((each) => each.test !== null)) {
        expect(one).toMatchObject({
          red: expect.stringMatching(/^(assertion|weak)$/),
          green: true,
          runs: 5,
          passed: 5,
        })
      }
      expect(last.at.evidence.hunks.tried).toBeGreaterThan(0)
      const unproved = last.at.evidence.hunks.unproved.map((hunk) => hunk.file)
      expect(unproved).toEqual(UNPROVED[story.name])

      // What people see: one comment, one draft that says that it was recorded, one review, one check.
      expect(scenario.ours(number)).toHaveLength(1)
      const [pull, ...others] = scenario.pulls()
      expect(others).toEqual([])
      expect(pull?.pull).toMatchObject({ draft: true, reviews: [{ state: 'COMMENTED' }] })
      expect(pull?.body).toMatch(/^> \*\*Recorded model\.\*\*/)
      expect(pull?.body).toContain(`Fixes #${number}`)
      expect(pull?.body).toContain('Nothing was charged')
      for (const file of unproved)
        expect(pull?.body).toContain(`No test goes red without it: \`${file}\` line`)
      const repo = scenario.floor.forge.repo(scenario.name)
      expect(repo.checks.map((check) => check.name)).toEqual(['millwright'])

      // The tree that was proved is the tree that was published, in a commit that GitHub signs.
      const head = last.at.pull.head
      expect((await repo.git.readCommit(head)).tree).toBe(last.at.evidence.tree)
      expect(repo.signed.has(head)).toBe(true)

      // Requests: 👀 is the first content, and few follow.
      const { writes, reads } = scenario.traffic()
      expect(writes[0]).toMatch(/\/reactions 20[01]$/)
      expect(writes.length).toBeLessThanOrEqual(15)
      expect(reads.length).toBeLessThanOrEqual(30)

      // Cost: most of the prompt came from cache, within a role or across roles.
      const { cached_across_roles: across, cached_within_role: within, prompt_tokens: all } = last.continuity
      expect(across).toBeGreaterThan(0)
      expect((across + within) / all).toBeGreaterThan(0.5)
      expect((await scenario.leftovers()).processes).toEqual([])
    })
  }, 300_000)
})
