import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom, writeFiles } from '../support/floor.ts'
import type { ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { submit } from '../support/scripted-model.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 2 * 60_000
const CONFIG = '.github/millwright.yml'
const SENTENCE =
  "The config file `.github/millwright.yml` on the default branch can't be used, and I know no earlier version of it without mistakes. Mend what is listed."

let room: ScenarioRoom
let count = 0
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

/** As bytes, for not every file is a text. */
async function repositoryWith(config: string | Uint8Array): Promise<string> {
  const folder = join(room.root, `config-${(count += 1)}`)
  await writeFiles(folder, { ...SMALL_REPOSITORY, [CONFIG]: '' })
  await writeFile(join(folder, CONFIG), config)
  return folder
}

describe('a config file with mistakes', () => {
  it.each<[string, string | Uint8Array, readonly string[]]>([
    [
      'an unknown key',
      'gates:\n  plna: human\n',
      [
        '- line 2, column 3: plna is no key in gates. Did you mean gates.plan? Allowed: plan, publish, review.',
      ],
    ],
    [
      'a wrong type, and a value that is none of those allowed',
      'trust:\n  level: high\ngates:\n  plan: yes\n',
      [
        '- line 2, column 3: trust.level is "high"; allowed: whole number from 1 to 5.',
        '- line 4, column 3: gates.plan is "yes"; allowed: auto, human.',
      ],
    ],
    [
      'a key that is written twice',
      'trust:\n  level: 2\nlabel: factory\ntrust:\n  level: 5\n',
      ['- line 4, column 1: A key is written twice; keep one of them.'],
    ],
    [
      'a megabyte of text',
      `# ${'x'.repeat(1_048_574)}`,
      ['- The file has 1048576 bytes; at most 65536 are read.'],
    ],
    [
      'another encoding than UTF-8',
      Buffer.from('label: Fabrik-f\u00FCr-alles\n', 'latin1'),
      ['- The file is no UTF-8 text. Save it with the encoding UTF-8.'],
    ],
    [
      'no YAML at all',
      'trust: [\n',
      [
        '- line 2, column 1: No valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
      ],
    ],
  ])(
    '(%s) starts nothing, and the issue lists them with their place',
    async (_what, config, lines) => {
      const model = await startRoleModel({})
      await room.play({ folder: await repositoryWith(config), model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'config_invalid' })
        expect(scenario.status()).toContain(`${SENTENCE}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\``)
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'that are mended by a push is read again after /mill retry',
    async () => {
      const model = await startRoleModel({
        architect: [submit({ outcome: 'cannot', reason: 'Nothing to plan.' })],
      })
      const files = { ...SMALL_REPOSITORY, [CONFIG]: 'gates:\n  plna: human\n' }
      await room.play({ files, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await scenario.ended()
        const mended = { [CONFIG]: 'gates:\n  plan: human\n' }
        await alice.push(scenario.name, { branch: 'main', message: 'Mend the config', files: mended })
        alice.comment(scenario.name, 1, '/mill retry')
        await scenario.reaches(({ at }) => at.stage === 'blocked' && at.reason.code === 'no_plan')
        expect(scenario.states.some((state) => JSON.stringify(state).includes('"plan_gate":"human"'))).toBe(
          true,
        )
      })
    },
    MINUTES,
  )
})
