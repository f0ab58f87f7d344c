/** Branches that people delete, rename or guard while a run works. */
import { describe, expect, it } from '@jest/globals'
import { UserError } from '../../src/core/errors.ts'
import { createPublishing } from '../../src/stages/publishing/publishing.ts'
import { quietStage } from '../support/stages/look-forge.ts'
import { positions, publishedAt } from '../support/stages/positions.ts'
import { depsOf, forge } from '../support/stages/publishing-forge.ts'
import { stageWorld } from '../support/stages/stage-world.ts'

const NOTHING = { commits: [], pulls: [], described: [], reviews: [], checks: [], comments: [] }

describe('our own branch', () => {
  it('F-41: that is deleted with its pull request ends the run, and says who did it', async () => {
    const stage = await quietStage()
    const ada = { id: 42, login: 'ada' }
    // GitHub closes the pull request of a branch that is deleted.
    Object.assign(stage.scene.pull ?? {}, { state: 'closed', closedBy: ada })
    expect(await stage.look()).toEqual({ kind: 'pull_closed', number: 13, by: ada })
    expect([stage.calls, stage.answers, stage.reported]).toEqual([['pull'], [], []])
  })

  it('F-41: that is gone when a rework comes is not made anew', async () => {
    const pulls = forge()
    const world = stageWorld()
    const { publishing } = await positions(world)
    const at = { ...publishing, pull: publishedAt(world.base) }
    const gone = new UserError('forge_refused', 'There is no branch millwright/12-x at acme/calc.')
    const deps = depsOf(world, pulls, () => {
      throw gone
    })
    await expect(createPublishing(deps)(world.context(at))).rejects.toBe(gone)
    expect(pulls.seen).toEqual(NOTHING)
  })
})

describe('the base branch', () => {
  it('F-45: that is gone when the draft is opened stops there, in GitHub’s words, and nothing is said of a pull request', async () => {
    const pulls = forge()
    const world = stageWorld()
    const { publishing } = await positions(world)
    const invalid = new UserError(
      'forge_refused',
      'GitHub refused to open a pull request in acme/calc (422). GitHub says: Validation Failed: PullRequest base invalid',
    )
    pulls.pulls.openDraft = () => Promise.reject(invalid)
    const run = createPublishing(depsOf(world, pulls))
    await expect(run(world.context(publishing))).rejects.toBe(invalid)
    expect(pulls.seen).toMatchObject({ reviews: [], checks: [], comments: [] })
  })

  it('F-45: that another one took the place of is said among what speaks against merging, and nothing is taken in', async () => {
    const stage = await quietStage()
    Object.assign(stage.scene.pull ?? {}, { base: { branch: 'trunk', commit: 'b'.repeat(40) } })
    const seen = await stage.look()
    expect(seen).toMatchObject({ kind: 'merge_decided' })
    if (seen?.kind !== 'merge_decided') throw new Error('no decision')
    expect(seen.decision.reasons.map(({ code }) => code)).toContain('base_changed')
  })
})
