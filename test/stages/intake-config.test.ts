import { describe, expect, it } from '@jest/globals'
import { RetryableError } from '../../src/core/errors.ts'
import { GREEN, intakeBench, READ, REPO } from '../support/stages/intake-bench.ts'
import { REPOSITORY } from '../support/stages/stage-world.ts'
import { treeOf } from '../support/stages/memory-workspace.ts'

const PATH = '.github/millwright.yml'

/** A repository whose base has this config file. */
function withFile(text: string) {
  return intakeBench({
    world: {
      files: { ...REPOSITORY, [PATH]: text },
      agents: { intake: [[{ result: READ }]] },
      prover: { baseline: GREEN },
    },
  })
}

describe('a config with mistakes', () => {
  it.each<[string, string, string]>([
    [
      'an unknown key and a wrong type',
      'trust:\n  level: two\n  levle: 3\n',
      '- line 2, column 3: trust.level is "two"; allowed: whole number from 1 to 5.\n' +
        '- line 3, column 3: levle is no key in trust. Did you mean trust.level? Allowed: level, scopes, authors, low_risk.',
    ],
    [
      'a key written twice',
      'label: a\nlabel: b\n',
      '- line 2, column 1: A key is written twice; keep one of them.',
    ],
    [
      'a megabyte of it',
      `# ${'x'.repeat(1_000_000)}\n`,
      '- The file has 1000003 bytes; at most 65536 are read.',
    ],
  ])('holds the run, every mistake named: %s', async (_what, text, message) => {
    const { run, good, world } = withFile(text)
    await expect(run()).rejects.toMatchObject({ code: 'config_invalid', resumable: true, message })
    expect([good.size, world.agents.heard]).toEqual([0, []])
  })

  it('is refused where it is no UTF-8, and where it is a link', async () => {
    const latin = withFile('')
    latin.world.workspace.read = async () => Buffer.from('label: größe', 'latin1')
    await expect(latin.run()).rejects.toMatchObject({
      message: '- The file is no UTF-8 text. Save it with the encoding UTF-8.',
    })
    const link = withFile('../elsewhere.yml')
    const { workspace, base } = link.world
    const found = await workspace.files(base)
    workspace.files = async () =>
      found.map((file) => (file.path === PATH ? { ...file, mode: '120000' } : file))
    await expect(link.run()).rejects.toMatchObject({
      message: '- It is a symbolic link or a submodule; it must be a plain file.',
    })
  })

  it('stops nobody where an older one was without: that is used, and the mistakes are recorded', async () => {
    const { run, good, world } = withFile('trust:\n  levle: 1\n')
    const older = world.workspace.commit(treeOf({ ...REPOSITORY, [PATH]: 'gates:\n  plan: human\n' }))
    good.set(REPO.id, older)
    expect(await run()).toMatchObject({
      kind: 'intake_accepted',
      base: { commit: world.base },
      policy: {
        plan_gate: 'human',
        config_commit: older,
        config_problems: [
          'line 2, column 3: levle is no key in trust. Did you mean trust.level? Allowed: level, scopes, authors, low_risk.',
        ],
      },
    })
    expect(world.notes).toContain(`The config file has 1 mistake(s); the one of ${older.slice(0, 7)} is used`)
    // What is used is no newer than it was.
    expect(good.get(REPO.id)).toBe(older)
  })

  it('holds the run where the older one is gone, or no config by today’s rules', async () => {
    const gone = withFile('levle: 1\n')
    gone.good.set(REPO.id, '0'.repeat(40))
    await expect(gone.run()).rejects.toMatchObject({ code: 'config_invalid' })
    const outdated = withFile('levle: 1\n')
    outdated.good.set(REPO.id, outdated.world.workspace.commit(treeOf({ [PATH]: 'old_key: 1\n' })))
    await expect(outdated.run()).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it('F-52: is no reason to give up where the older one cannot be read just now', async () => {
    const { run, good, world } = withFile('levle: 1\n')
    good.set(REPO.id, '0'.repeat(40))
    const found = await world.workspace.files(world.base)
    world.workspace.files = async (commit) => {
      if (commit !== world.base) throw new RetryableError('forge_unavailable', 'later')
      return found
    }
    await expect(run()).rejects.toMatchObject({ name: 'RetryableError' })
  })

  it('is recorded with ten mistakes at most, since the state has no room for more', async () => {
    const keys = Array.from({ length: 15 }, (_, index) => `wrong_${index}: 1\n`).join('')
    const { run, good, world } = withFile(keys)
    good.set(REPO.id, world.workspace.commit(treeOf(REPOSITORY)))
    const outcome = await run()
    if (outcome.kind !== 'intake_accepted') throw new Error(outcome.kind)
    expect(outcome.policy.config_problems).toHaveLength(10)
    expect(outcome.policy.config_problems.every((line) => line.length <= 300)).toBe(true)
  })
})
