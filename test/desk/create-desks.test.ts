import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { RetryableError } from '../../src/core/errors.ts'
import type { AgentSpec } from '../../src/ports/agents.ts'
import type { Desk } from '../../src/ports/desk.ts'
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
    await expect(world.desks.open(world.context({ stage: 'intake' }))).rejects.toMatchObject({
      code: 'internal',
    })
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
    const config = await world.desks.config(world.workspace, world.base)
    const commands = await world.desks.commands(world.workspace, world.base, config)
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
