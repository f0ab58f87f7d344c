import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { checkConfig, DEFAULT_CONFIG } from '../../src/core/config.ts'
import { RetryableError } from '../../src/core/errors.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { AgentSpec } from '../../src/ports/agents.ts'
import type { Desk } from '../../src/ports/desk.ts'
import { treeOf } from '../support/stages/memory-workspace.ts'
import { positions } from '../support/stages/positions.ts'
import { REPOSITORY, stageWorld } from '../support/stages/stage-world.ts'

const spec: AgentSpec<{ done: boolean }> = {
  role: 'coder',
  prompt: 'Say done.',
  variables: [],
  output: z.strictObject({ done: z.boolean() }),
  allowed: [],
  limits: { turns: 1, usd: 1, maxTokens: 100 },
}
const done = { result: { done: true } }

/** The dossier that an agent is given at a desk. */
async function dossierAt(world: ReturnType<typeof stageWorld>, desk: Desk): Promise<readonly string[]> {
  await desk.begin(spec, { variables: {}, tools: undefined }).ask()
  return world.agents.heard.at(-1)?.dossier ?? []
}

describe('the dossier at a desk', () => {
  it('grows by stage, and what was there before stays byte for byte', async () => {
    const world = stageWorld({ agents: { coder: Array(5).fill([done]) } })
    const at = await positions(world)
    const dossiers: (readonly string[])[] = []
    for (const stage of ['planning', 'specifying', 'coding', 'verifying', 'reviewing'] as const) {
      dossiers.push(await dossierAt(world, await world.desks.open(world.context(at[stage]))))
    }
    const [planning, specifying, coding, verifying, reviewing] = dossiers.map((blocks) => blocks.length)
    expect(specifying).toBe((planning ?? 0) + 1)
    expect(coding).toBe((planning ?? 0) + 2)
    expect(verifying).toBe(coding)
    expect(reviewing).toBe((planning ?? 0) + 3)
    const last = dossiers.at(-1) ?? []
    for (const blocks of dossiers) expect(last.slice(0, blocks.length)).toEqual(blocks)
  })

  it('is the same after a restart, and unknown to another run', async () => {
    const build = async (run: string): Promise<string> => {
      const world = stageWorld({ agents: { coder: [[done]] } })
      const { planning } = await positions(world)
      const desk = await world.desks.open(world.context(planning, { run }))
      return (await dossierAt(world, desk)).join('\n')
    }
    expect(await build('abcdef1234')).toBe(await build('abcdef1234'))
    const nonces = [await build('abcdef1234'), await build('ffffff1234')].map(
      (text) => /<<<outside issue (\S+)>>>/.exec(text)?.[1],
    )
    expect(new Set(nonces).size).toBe(2)
    expect(nonces[0]).toHaveLength(16)
  })

  it('is built anew on a base that moved, and shows reviewers what people were answered', async () => {
    const world = stageWorld({ agents: { coder: [[done], [done]] } })
    const { planning, reviewing } = await positions(world)
    await dossierAt(world, await world.desks.open(world.context(planning)))
    const tree = new Map(world.workspace.at(world.base)).set('lib/new.js', { text: 'new\n', mode: '100644' })
    const base = { branch: 'main', commit: world.workspace.commit(tree) }
    const answer = { kind: 'thread', id: 1, heard: 3, text: 'It has a line now.', done: true } as const
    const change = { ...reviewing.change, answers: [answer] }
    const at = { ...reviewing, spec: { ...reviewing.spec, base }, change }
    const dossier = await dossierAt(world, await world.desks.open(world.context(at)))
    expect(dossier.slice(0, -1).join('\n')).toContain('lib/new.js')
    expect(dossier.at(-1)).toContain('- done: It has a line now.')
  })

  it('holds the rails of the config, and the source of a small repository', async () => {
    const files = { ...REPOSITORY, 'docs/style.md': 'Two blanks.\n', 'lib/huge.js': '//'.repeat(20_000) }
    const world = stageWorld({
      files,
      config: { rails: ['docs/*.md'] },
      agents: { coder: [[done]] },
    })
    const { planning } = await positions(world)
    const text = (await dossierAt(world, await world.desks.open(world.context(planning)))).join('\n')
    expect(text).toContain('Two blanks.')
    expect(text).toContain('# calc')
    expect(text).toContain('module.exports = (a, b) => a - b')
    expect(text).not.toContain('//////')
  })

  it('shows the locked tests once, and numbers the lines of the change', async () => {
    const world = stageWorld({ agents: { coder: [[done]] } })
    const { reviewing } = await positions(world)
    const text = (await dossierAt(world, await world.desks.open(world.context(reviewing)))).join('\n')
    expect(text.split('t.equal(add(1, 2), 3)')).toHaveLength(2)
    expect(text).toContain('\n      |-module.exports = (a, b) => a - b\n')
    expect(text).toContain('\n     1|+module.exports = (a, b) => a + b\n')
  })

  it('counts what it shows as read', async () => {
    const world = stageWorld()
    const { planning } = await positions(world)
    await world.desks.open(world.context(planning))
    expect(world.meter.firstRead('lib/add.js:1-1')).toBe(false)
    expect(world.meter.firstRead('lib/other.js:1-1')).toBe(true)
  })

  it('does not exist before intake is done', async () => {
    const world = stageWorld()
    await expect(world.desks.open(world.context({ stage: 'intake', asked: null }))).rejects.toMatchObject({
      code: 'internal',
    })
  })
})

describe('the config at a desk', () => {
  const path = '.github/millwright.yml'

  it('F-50, F-51: is the one that intake chose, wherever the base has moved to', async () => {
    const rails = 'rails: [docs/style.md]\n'
    const files = { ...REPOSITORY, [path]: rails, 'docs/style.md': 'Two blanks.\n' }
    const world = stageWorld({ files, agents: { coder: [[done]] } })
    const { planning } = await positions(world)
    const moved = world.workspace.commit(treeOf({ ...files, [path]: 'rails: []\n' }))
    const spec = { ...planning.spec, base: { branch: 'main', commit: moved } }
    const desk = await world.desks.open(world.context({ ...planning, spec }))
    expect((await dossierAt(world, desk)).join('\n')).toContain('Two blanks.')
  })

  it('ends the stage where it cannot be used any more', async () => {
    const world = stageWorld({ files: { ...REPOSITORY, [path]: 'levle: 1\n' } })
    const { planning } = await positions(world)
    await expect(world.desks.open(world.context(planning))).rejects.toMatchObject({
      name: 'UserError',
      code: 'config_invalid',
      message: expect.stringMatching(/^line 1, column 1: levle is no key here\./),
    })
  })
})

describe('the front desk', () => {
  const intake = { ...spec, role: 'intake' as const }
  const inquiry = { blocks: ['# The issue'], variables: {} }
  const at = { stage: 'intake', asked: null } as const

  it('asks over blocks of its own, fenced as at every later desk of the run', async () => {
    const world = stageWorld({ agents: { intake: [[done]], coder: [[done]] } })
    const front = world.desks.front(world.context(at), DEFAULT_CONFIG)
    expect(await front.ask(intake, inquiry)).toEqual({ done: true })
    expect(world.agents.heard[0]).toMatchObject({
      role: 'intake',
      dossier: ['# The issue'],
      tools: undefined,
    })
    const { planning } = await positions(world)
    expect((await world.desks.open(world.context(planning))).nonce).toBe(front.nonce)
  })

  it('waits out a model that says later, and fails as a dialogue does', async () => {
    const busy = () => {
      throw new RetryableError('model_unavailable', 'overloaded')
    }
    const world = stageWorld({ agents: { intake: [[busy, done], [{ fails: 'model_no_answer' }]] } })
    const front = world.desks.front(world.context(at), DEFAULT_CONFIG)
    expect(await front.ask(intake, inquiry)).toEqual({ done: true })
    expect(world.slept).toEqual([5_000])
    await expect(front.ask(intake, inquiry)).rejects.toMatchObject({
      name: 'StageFailure',
      code: 'model_no_answer',
      resumable: true,
    })
  })

  it('counts for the run, and is held to the caps and shares of the config', async () => {
    const world = stageWorld({ agents: { intake: [[done]] } })
    const checked = checkConfig({ budget: { per_issue_usd: 3 }, limits: { intake: { max_tokens: 700 } } })
    if (!checked.ok) throw new Error('a config with mistakes')
    await world.desks.front(world.context(at), checked.config).ask(intake, inquiry)
    const [heard] = world.agents.heard
    expect(heard?.limits).toEqual({ turns: 1, usd: 1, maxTokens: 700 })
    expect(heard?.meter.limit).toEqual({ usd: 3, turns: 250 })
    heard?.meter.add({ ...NO_SPEND, usd: 2, turns: 1 }, NO_CONTINUITY)
    expect([world.meter.spent().usd, heard?.meter.spent().usd]).toEqual([2, 2])
  })
})

describe('a dialogue', () => {
  it('waits out a model that says later, and does not say the message twice', async () => {
    const world = stageWorld({
      agents: {
        coder: [
          [
            done,
            () => {
              throw new RetryableError('model_unavailable', 'overloaded', { retryAfterMs: 1234 })
            },
            () => {
              throw new RetryableError('model_unavailable', 'overloaded')
            },
            done,
          ],
        ],
      },
    })
    const { coding } = await positions(world)
    const desk = await world.desks.open(world.context(coding))
    const dialogue = desk.begin(spec, { variables: {}, tools: undefined })
    await dialogue.ask()
    expect(await dialogue.ask('Go on.')).toEqual({ done: true })
    expect(world.slept).toEqual([1234, 20_000])
    expect(world.agents.heard[0]?.messages).toEqual([undefined, 'Go on.', undefined, undefined])
  })

  it.each([
    ['after four waits', Array(5).fill(undefined), 4],
    ['at once for a long wait', [3_600_000], 0],
  ])('leaves the outage to the engine %s', async (_what, waits, slept) => {
    const later = waits.map((retryAfterMs: number | undefined) => () => {
      throw new RetryableError('model_unavailable', 'overloaded', { retryAfterMs })
    })
    const world = stageWorld({ agents: { coder: [later] } })
    const { coding } = await positions(world)
    const desk = await world.desks.open(world.context(coding))
    const answer = desk.begin(spec, { variables: {}, tools: undefined }).ask()
    await expect(answer).rejects.toMatchObject({ name: 'RetryableError' })
    expect(world.slept).toHaveLength(slept)
  })

  it('ends the stage for a model that gives no answer', async () => {
    const world = stageWorld({ agents: { coder: [[{ fails: 'model_loop' }]] } })
    const { coding } = await positions(world)
    const desk = await world.desks.open(world.context(coding))
    const answer = desk.begin(spec, { variables: {}, tools: undefined }).ask()
    await expect(answer).rejects.toMatchObject({ name: 'StageFailure', code: 'model_loop', resumable: true })
  })
})

describe('the commands of a repository', () => {
  it('are built before they are tested, where the config says how', async () => {
    const world = stageWorld({ config: { commands: { build: 'npm run build' } } })
    const found = await world.desks.config(world.workspace, world.base)
    if (!found.ok) throw new Error(found.problems.join())
    const commands = await world.desks.commands(world.workspace, world.base, found.config)
    expect(commands.test).toBe('{ npm run build; } && npm test')
  })
})

describe('a bench', () => {
  it('takes an agent’s deletions and changes, and nothing that setup wrote', async () => {
    const world = stageWorld({ setupLeaves: { 'package-lock.json': '{}\n', 'README.md': '# set up\n' } })
    const { coding } = await positions(world)
    const desk = await world.desks.open(world.context(coding))
    const request = { commit: world.base, purpose: 'test', allowed: ['write'] as const, dependencies: true }
    const taken = await desk.withBench(request, async ({ take, tools }) => {
      const before = await take('nothing yet')
      const path = world.workspace.opened.at(-1) ?? ''
      world.workspace.checkouts.get(path)?.delete('test/add.js')
      await tools.call('write', { file_path: 'new.js', content: '1\n' }, new AbortController().signal)
      return { before, after: await take('something') }
    })
    expect(taken.before).toBe(world.base)
    expect(world.workspace.texts(taken.after)).toEqual({
      'package.json': REPOSITORY['package.json'],
      'README.md': REPOSITORY['README.md'],
      'lib/add.js': REPOSITORY['lib/add.js'],
      'new.js': '1\n',
    })
  })

  it('is taken down when the work fails', async () => {
    const world = stageWorld()
    const { coding } = await positions(world)
    const desk = await world.desks.open(world.context(coding))
    const request = { commit: world.base, purpose: 'test', allowed: [], dependencies: false }
    const work = desk.withBench(request, async () => {
      throw new Error('broken')
    })
    await expect(work).rejects.toThrow('broken')
    expect(world.hosts.open_now()).toBe(0)
    expect(world.workspace.checkouts.size).toBe(0)
  })
})
