import { describe, expect, it } from '@jest/globals'
import type { PastRun } from '../../src/ports/store.ts'
import { createPlanning } from '../../src/stages/planning/planning.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import { PLAN, positions } from '../support/stages/positions.ts'
import type { WorldScript } from '../support/stages/stage-world.ts'
import { prompt, signer, stageWorld } from '../support/stages/stage-world.ts'

const planned = (plan: unknown) => ({ result: { outcome: 'plan', plan } })
const accept = { verdict: 'accept', problem_fit: 'Yes.', assumptions: [], smaller_way: null, notes: [] }
const back = { ...accept, verdict: 'return', notes: ['C1 says nothing about zero.'] }

const prompts = {
  architect: prompt('planning/architect/prompt.md'),
  plan_reviewer: prompt('planning/plan-reviewer/prompt.md'),
  plan_returned: prompt('planning/architect/returned.md'),
}

async function plan(script: WorldScript, subject: { past?: PastRun[]; remarks?: string } = {}) {
  const world = stageWorld(script)
  const run = createPlanning({
    desks: world.desks,
    signer,
    prompts,
    store: { pastRuns: async () => subject.past ?? [] },
  })
  const at = { ...(await positions(world)).planning, remarks: subject.remarks ?? null }
  return { world, outcome: run(world.context(at)) }
}

describe('planning', () => {
  it('ends with the plan, its hash and a quote when the reviewer accepts', async () => {
    const agents = { architect: [[planned(PLAN)]], plan_reviewer: [[{ result: accept }]] }
    const { world, outcome } = await plan({ agents })
    expect(await outcome).toEqual({
      kind: 'plan_made',
      plan: PLAN,
      plan_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      quote: { usd: [0.5, 5], minutes: [5, 40], basis: 0 },
    })
    expect(world.hosts.opened).toEqual([['read', 'glob', 'grep']])
    expect(world.hosts.open_now()).toBe(0)
    expect(world.workspace.checkouts.size).toBe(0)
  })

  it('gives the reviewer a fresh conversation without tools, over the dossier plus the plan', async () => {
    const agents = { architect: [[planned(PLAN)]], plan_reviewer: [[{ result: accept }]] }
    const { world, outcome } = await plan({ agents })
    await outcome
    const [architect, reviewer] = world.agents.heard
    expect(reviewer?.tools).toBeUndefined()
    expect(reviewer?.dossier.slice(0, -1)).toEqual(architect?.dossier)
    expect(reviewer?.dossier.at(-1)).toContain('add(1, 2) gives 3')
    expect(architect?.dossier.join('\n')).toContain('module.exports = (a, b) => a - b')
  })

  it('hashes equal plans equally, however their keys are ordered', async () => {
    const agents = (subject: unknown) => ({
      architect: [[planned(subject)]],
      plan_reviewer: [[{ result: accept }]],
    })
    const turned = Object.fromEntries(Object.entries(PLAN).toReversed())
    const [a, b] = [await plan({ agents: agents(PLAN) }), await plan({ agents: agents(turned) })]
    expect(await a.outcome).toMatchObject({
      plan_hash: ((await b.outcome) as { plan_hash: string }).plan_hash,
    })
  })

  it('sends a returned plan back once, with the notes, and goes on when the second is accepted', async () => {
    const second = { ...PLAN, approach: 'Use +, also for zero.' }
    const agents = {
      architect: [[planned(PLAN), planned(second)]],
      plan_reviewer: [[{ result: back }], [{ result: accept }]],
    }
    const { world, outcome } = await plan({ agents })
    expect(await outcome).toMatchObject({ kind: 'plan_made', plan: second })
    expect(world.agents.heard[0]?.messages[1]).toContain('C1 says nothing about zero.')
    expect(world.agents.heard.map((talk) => talk.role)).toEqual([
      'architect',
      'plan_reviewer',
      'plan_reviewer',
    ])
  })

  it('is held with the notes when the plan is returned twice', async () => {
    const agents = {
      architect: [[planned(PLAN), planned(PLAN)]],
      plan_reviewer: [
        [{ result: back }],
        [{ result: { ...back, notes: [], smaller_way: 'Swap the operator.' } }],
      ],
    }
    const { outcome } = await plan({ agents })
    await expect(outcome).rejects.toMatchObject({
      code: 'plan_returned_twice',
      resumable: true,
      message: '- Yes.\n- A smaller way: Swap the operator.',
    })
  })

  it('tells the architect what does not fit the repository, and takes the mended plan', async () => {
    const wrong = { ...PLAN, files: [{ path: 'lib/sum.js', change: 'edit', why: '' }] }
    const agents = { architect: [[planned(wrong), planned(PLAN)]], plan_reviewer: [[{ result: accept }]] }
    const { world, outcome } = await plan({ agents })
    expect(await outcome).toMatchObject({ kind: 'plan_made', plan: PLAN })
    expect(world.agents.heard[0]?.messages[1]).toContain(
      'files: lib/sum.js does not exist; edit needs a file that does',
    )
  })

  it('is held when the plan stays wrong, each mistake named', async () => {
    const wrong = {
      ...PLAN,
      files: [
        { path: 'lib/add.js', change: 'add', why: '' },
        { path: '.github/workflows/ci.yml', change: 'add', why: '' },
      ],
    }
    const { outcome } = await plan({
      agents: { architect: [[planned(wrong), planned(wrong), planned(wrong)]] },
    })
    await expect(outcome).rejects.toMatchObject({
      code: 'plan_invalid',
      resumable: true,
      message: [
        '- files: lib/add.js exists already; its change is edit',
        '- files: .github/workflows/ci.yml is protected here, and no run may change it',
      ].join('\n'),
    })
  })

  it('protects what the config protects', async () => {
    const wrong = { ...PLAN, files: [{ path: 'lib/add.js', change: 'edit', why: '' }] }
    const config = { protected: ['lib/**'] }
    const { outcome } = await plan({ config, agents: { architect: [Array(3).fill(planned(wrong))] } })
    await expect(outcome).rejects.toMatchObject({ code: 'plan_invalid' })
  })

  it('is held when the architect finds no plan, in its words', async () => {
    const cannot = { result: { outcome: 'cannot', reason: 'The issue names a file that is not here.' } }
    const { outcome } = await plan({ agents: { architect: [[cannot]] } })
    await expect(outcome).rejects.toMatchObject({
      code: 'no_plan',
      resumable: true,
      message: expect.stringContaining('names a file that is not here'),
    })
  })

  it('shows the architect what a maintainer remarked, fenced', async () => {
    const agents = { architect: [[planned(PLAN)]], plan_reviewer: [[{ result: accept }]] }
    const { world, outcome } = await plan({ agents }, { remarks: 'Keep lib/add.js as it is.' })
    await outcome
    expect(world.agents.heard[0]?.prompt).toMatch(/<<<outside remarks \S+>>>\nKeep lib\/add\.js as it is\./)
  })

  it('fails when the plan reviewer gives no answer: silence accepts nothing', async () => {
    const agents = { architect: [[planned(PLAN)]], plan_reviewer: [[{ fails: 'model_no_answer' as const }]] }
    const { world, outcome } = await plan({ agents })
    await expect(outcome).rejects.toMatchObject({ code: 'model_no_answer', resumable: true })
    expect(world.hosts.open_now()).toBe(0)
    expect(world.workspace.checkouts.size).toBe(0)
  })

  it('quotes from what earlier runs used', async () => {
    const past = [1, 2, 3].map((usd) => ({
      repo: 7,
      run: `run${usd}`,
      ended: '2026-01-01T00:00:00Z',
      outcome: 'merged',
      spent: { ...NO_SPEND, usd },
      continuity: NO_CONTINUITY,
      minutes: 10 * usd,
    }))
    const agents = { architect: [[planned(PLAN)]], plan_reviewer: [[{ result: accept }]] }
    const { outcome } = await plan({ agents }, { past })
    expect(await outcome).toMatchObject({ quote: { basis: 3, usd: [1.5, 2.5] } })
  })
})
