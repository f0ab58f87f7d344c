import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { ScenarioRoom } from '../support/floor.ts'
import { startRoleModel, writeAndSubmit } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { HONEST_WORK, MENDED, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const LEVEL_1 = { ...SMALL_REPOSITORY, '.github/millwright.yml': 'trust:\n  level: 1\n' }

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

async function git(cwd: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', words, { cwd })
  return stdout.trim()
}

/** What the copy button of the block gives, and the commands above it. */
function blocksOf(body: string): { commands: readonly string[]; patch: string } {
  const [, shell = '', patch = ''] = /```sh\n([\s\S]*?)\n```\n\n```diff\n([\s\S]*?)```/.exec(body) ?? []
  return { commands: shell.split('\n'), patch }
}

describe('trust level 1', () => {
  it(
    'ends with the patch in a comment, pushes nothing, and git apply takes the patch in a clone',
    async () => {
      const model = await startRoleModel(HONEST_WORK)
      await room.play({ files: LEVEL_1, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        const state = await scenario.ended()
        if (state.at.stage !== 'proposed' || state.at.from.stage !== 'publishing')
          throw new Error(state.at.stage)
        const [status, proposal, ...more] = scenario.ours()
        expect(more).toEqual([])
        expect(status?.body).toContain('### 📝 The patch is proposed')
        expect(status?.body).toContain(
          `At trust level 1 I push nothing: the plan is below, and the patch is in [a comment of its own](${state.at.url}).`,
        )
        expect(state.at.url).toContain(`#issuecomment-${proposal?.id}`)
        expect([scenario.pulls(), await scenario.branches()]).toEqual([[], ['main']])
        expect(scenario.floor.forge.repo(scenario.name).checks).toEqual([])

        const { commands, patch } = blocksOf(proposal?.body ?? '')
        expect(commands).toEqual([
          `git switch -c millwright-1 ${state.at.from.spec.base.commit}`,
          'git apply --index millwright.patch',
        ])
        const clone = await mkdtemp(join(room.root, 'clone-'))
        await git(clone, 'clone', '--quiet', `${scenario.floor.forge.url}/${scenario.name}.git`, '.')
        await writeFile(join(clone, 'millwright.patch'), patch)
        for (const command of commands) await git(clone, ...command.split(' ').slice(1))
        expect(await git(clone, 'write-tree')).toBe(state.at.from.change.tree)
        expect(await scenario.leftovers()).toEqual({ checkouts: [], processes: [] })
      })
    },
    MINUTES,
  )

  it(
    'F-17: refuses a patch that is longer than a comment, and posts no part of it',
    async () => {
      const long = `${MENDED}${'// All work and no play makes Jack a dull boy.\n'.repeat(1500)}`
      const done = { summary: 'sum adds all numbers now.', not_done: [], cannot: null }
      const coder = () => writeAndSubmit({ 'lib/sum.js': long }, done)
      const model = await startRoleModel({ ...HONEST_WORK, coder })
      await room.play({ files: LEVEL_1, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'patch_too_long' })
        expect(scenario.status()).toMatch(
          /The patch is longer than one comment may be, and part of a patch would not apply, so I posted none of it\. A smaller issue helps, and so does trust level 2, where I push a branch instead\.\n\n```text\nThe patch has 7\d{4} characters\.\n```/,
        )
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )
})
