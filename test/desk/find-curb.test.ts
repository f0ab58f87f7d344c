import { describe, expect, it } from '@jest/globals'
import { readConfig } from '../../src/adapters/config-file/read-config.ts'
import { RetryableError, UserError } from '../../src/core/errors.ts'
import type { RunState } from '../../src/core/state.ts'
import { createFindCurb } from '../../src/desk/find-curb.ts'
import type { Curb } from '../../src/ports/curb.ts'
import type { Permission } from '../../src/ports/forge.ts'
import { ALICE, intakeState, SHA, stateAt, stateUnder } from '../support/states.ts'

interface Now {
  readonly permission?: Permission
  /** The config's text by ref; a ref that is not there has no such file. */
  readonly texts?: Readonly<Record<string, string | Error>>
  /** Of the last config without mistakes. */
  readonly good?: string
}

async function curbOf(run: RunState, { permission = 'write', texts = {}, good }: Now = {}) {
  const asked: string[] = []
  const findCurb = createFindCurb({
    issues: {
      permission: async (repo, { login }) => {
        asked.push(`permission of ${login} in ${repo.name}`)
        return permission
      },
      textFile: async (_repo, { path, ref }) => {
        asked.push(`${path} at ${ref}`)
        const text = texts[ref]
        if (text instanceof Error) throw text
        return text
      },
    },
    store: { goodConfig: async () => good },
    configs: { read: readConfig },
  })
  return { curb: await findCurb(run), asked }
}

async function curbBy(config: string, run: RunState = stateAt('coding')): Promise<Curb | undefined> {
  return (await curbOf(run, { texts: { HEAD: config } })).curb
}

const forbidden = { kind: 'work_forbidden', run: 'abcde12345' } as const
const lowered = { kind: 'config_lowered', run: 'abcde12345' } as const

describe('what curbs a run', () => {
  it('is nothing where all is as it was, in two requests, and is not asked for before intake is done', async () => {
    expect(await curbOf(stateAt('coding'))).toEqual({
      curb: undefined,
      asked: [`permission of ${ALICE.login} in tool`, '.github/millwright.yml at HEAD'],
    })
    expect(await curbOf(intakeState(), { permission: 'none' })).toEqual({ curb: undefined, asked: [] })
  })

  it.each(['read', 'none'] as const)(
    'F-49: is that who asked has only %s by now, whatever the config says',
    async (permission) => {
      const { curb, asked } = await curbOf(stateAt('coding'), { permission })
      expect(curb).toEqual({
        ...forbidden,
        code: 'permission_lost',
        detail: `alice has the permission "${permission}" now; "write" is needed.`,
      })
      expect(asked).toHaveLength(1)
    },
  )

  it('F-49: is nothing for an admin', async () => {
    expect((await curbOf(stateAt('coding'), { permission: 'admin' })).curb).toBeUndefined()
  })

  it('F-51: is a config that is switched off', async () => {
    expect(await curbBy('enabled: false\n')).toEqual({
      ...forbidden,
      code: 'config_changed',
      detail: '`enabled` is false now. It was true when this run began, in commit 1111111.',
    })
  })

  it('F-51: is a level or a budget that is lower, each by itself, and never one that is higher', async () => {
    const at5 = stateUnder({ trust: 5 }, 'coding')
    expect(await curbBy('trust:\n  level: 3\n', at5)).toEqual({
      ...lowered,
      trust: 3,
      caps: { usd: 10, turns: 250 },
    })
    expect(await curbBy('budget:\n  per_issue_usd: 4\n')).toMatchObject({ caps: { usd: 4, turns: 250 } })
    expect(await curbBy('budget:\n  per_issue_turns: 90\n')).toMatchObject({ caps: { usd: 10, turns: 90 } })
    expect(await curbBy('trust:\n  level: 5\nbudget:\n  per_issue_usd: 900\n')).toBeUndefined()
    // The file was deleted: the default is level 2.
    expect((await curbOf(at5)).curb).toMatchObject({ ...lowered, trust: 2 })
  })

  it('F-51: at level 1 is the open draft, which may not be worked on; without one the patch is proposed', async () => {
    expect(await curbBy('trust:\n  level: 1\n')).toMatchObject({ ...lowered, trust: 1 })
    expect(await curbBy('trust:\n  level: 1\n', stateAt('integrating'))).toEqual({
      ...forbidden,
      code: 'config_changed',
      detail:
        '`trust.level` is 1 now. It was 2 when this run began, in commit 1111111.\nAt level 1 nothing is pushed, so pull request #13 stays as it is.',
    })
  })

  it('F-51: is nothing else that the config says: the run keeps what it began with', async () => {
    const other = 'label: other\ngates:\n  plan: human\n  publish: human\nprotected: ["**"]\n'
    expect(await curbBy(other)).toBeUndefined()
  })

  it('F-50: is no mistake; the last config without any counts, where there is one', async () => {
    const HEAD = 'enabled: false\ntrust: high\n'
    const run = stateAt('coding')
    expect((await curbOf(run, { texts: { HEAD } })).curb).toBeUndefined()
    const texts = { HEAD, [SHA('9')]: 'enabled: false\n' }
    expect((await curbOf(run, { texts, good: SHA('9') })).curb).toMatchObject({ code: 'config_changed' })
    const large = { HEAD: new UserError('unsupported_file', 'too large') }
    expect((await curbOf(run, { texts: large })).curb).toBeUndefined()
  })

  it('F-52: is not known while the config cannot be read', async () => {
    const texts = { HEAD: new RetryableError('forge_unavailable', 'GitHub is away') }
    await expect(curbOf(stateAt('coding'), { texts })).rejects.toThrow('GitHub is away')
  })
})
