import { describe, expect, it } from '@jest/globals'
import type { Finding } from '../../src/core/review.ts'
import type { Shown } from '../../src/ports/proof.ts'
import { createReviewing } from '../../src/stages/reviewing/reviewing.ts'
import { positions } from '../support/stages/positions.ts'
import type { WorldScript } from '../support/stages/stage-world.ts'
import { prompt, stageWorld } from '../support/stages/stage-world.ts'

const prompts = {
  reviewer: prompt('reviewing/reviewer/prompt.md'),
  demonstrator: prompt('reviewing/demonstrator/prompt.md'),
}

const nan: Finding = {
  severity: 'blocking',
  category: 'correctness',
  file: 'lib/add.js',
  line: 1,
  claim: 'Texts become NaN.',
  why: 'add("1", 2)',
}
const minor: Finding = { ...nan, severity: 'minor', category: 'documentation', claim: 'The README is old.' }
const demonstration = {
  kind: 'command',
  command: 'node -e "…"',
  expect: 'DEFECT',
  control: 'node -e "…ok"',
} as const
const tries = { result: { shown: true, reason: 'It shows.', demonstration } }
const gaveUp = { result: { shown: false, reason: 'It gives 3.', demonstration: null } }
const shown: Shown = { shown: true, output: '$ node -e "…"\nDEFECT: NaN', why: '' }

const says = (findings: readonly Finding[], not_checked: string[] = []) => [
  [{ result: { summary: 'It adds.', findings, not_checked } }],
]

async function review(script: WorldScript) {
  const world = stageWorld(script)
  const { reviewing } = await positions(world)
  const run = createReviewing({ desks: world.desks, prover: world.prover, prompts })
  return { world, outcome: run(world.context(reviewing)) }
}

async function verdict(script: WorldScript) {
  const { world, outcome } = await review(script)
  const result = await outcome
  if (result.kind !== 'change_reviewed') throw new Error(result.kind)
  return { world, verdict: result.verdict }
}

describe('reviewing', () => {
  it('passes on a review without findings, from a reviewer that can only read', async () => {
    const { world, verdict: made } = await verdict({ agents: { reviewer: says([], ['speed']) } })
    expect(made).toEqual({ summary: 'It adds.', findings: [], not_checked: ['speed'] })
    expect(world.hosts.opened).toEqual([['read', 'glob', 'grep']])
    const block = world.agents.heard[0]?.dossier.at(-1) ?? ''
    expect(block).toContain('+module.exports = (a, b) => a + b')
    expect(block).toContain('"red_message": "expected 3, got -1"')
  })

  it('marks a blocking finding as demonstrated when the runner shows it', async () => {
    const { world, verdict: made } = await verdict({
      agents: { reviewer: says([nan, minor]), demonstrator: [[tries]] },
      prover: { demonstrate: [shown] },
    })
    expect(made.findings).toEqual([
      { ...nan, standing: 'demonstrated', demonstration: '$ node -e "…"\nDEFECT: NaN' },
      { ...minor, standing: 'note', demonstration: '' },
    ])
    expect(world.agents.heard[1]?.prompt).toContain('Texts become NaN.')
    expect(world.prover.calls[0]?.subject).toEqual({ ...demonstration, file: undefined })
  })

  it('hands a test of the demonstrator to the runner', async () => {
    const file = { path: 'test/nan.js', content: 'test("joins", t => t.equal(add("1", 2), "12"))\n' }
    const made = { result: { ...tries.result, demonstration: { kind: 'test', file } } }
    const { world } = await verdict({
      agents: { reviewer: says([nan]), demonstrator: [[made]] },
      prover: { demonstrate: [shown] },
    })
    const empty = { command: '', expect: '', control: undefined }
    expect(world.prover.calls[0]?.subject).toEqual({ kind: 'test', file, ...empty })
  })

  it.each([
    ['the runner does not show it', [[tries]], [{ shown: false, output: '', why: 'the control failed' }]],
    ['the demonstrator could not', [[gaveUp]], []],
    ['there is nothing to run', [[{ result: { ...tries.result, demonstration: null } }]], []],
  ])('posts a blocking finding as a note when %s', async (_what, demonstrator, demonstrate) => {
    const { verdict: made } = await verdict({
      agents: { reviewer: says([nan]), demonstrator },
      prover: { demonstrate },
    })
    expect(made.findings).toEqual([{ ...nan, standing: 'not_demonstrated', demonstration: '' }])
  })

  it('tries at most five, and says which it did not', async () => {
    const many = Array.from({ length: 7 }, (_, index) => ({ ...nan, claim: `Defect ${index}.` }))
    const { world, verdict: made } = await verdict({
      agents: { reviewer: says(many, Array<string>(15).fill('x')), demonstrator: Array(5).fill([gaveUp]) },
    })
    expect(world.agents.heard).toHaveLength(6)
    expect(made.findings).toHaveLength(7)
    expect(made.not_checked.slice(0, 2)).toEqual([
      'Not put to a run, after 5 others: Defect 5.',
      'Not put to a run, after 5 others: Defect 6.',
    ])
    expect(made.not_checked).toHaveLength(15)
  })

  it('keeps a line only where the diff has it, and the same remark once, as its severe form', async () => {
    const { verdict: made } = await verdict({
      agents: {
        reviewer: says([
          { ...nan, severity: 'minor', file: './lib/add.js' },
          { ...nan, claim: 'texts become NaN' },
          { ...minor, line: 99 },
          { ...minor, claim: 'Elsewhere.', file: 'README.md' },
        ]),
        demonstrator: [[gaveUp]],
      },
    })
    expect(made.findings.map(({ severity, file, line }) => [severity, file, line])).toEqual([
      ['blocking', 'lib/add.js', 1],
      ['minor', 'lib/add.js', null],
      ['minor', 'README.md', null],
    ])
  })

  it.each([
    ['the reviewer', { reviewer: [[{ fails: 'model_cut_off' as const }]] }],
    ['a demonstrator', { reviewer: says([nan]), demonstrator: [[{ fails: 'model_cut_off' as const }]] }],
  ])('F-29: is a failure of the stage, and no approval, when %s gives no answer', async (_what, agents) => {
    const { world, outcome } = await review({ agents })
    await expect(outcome).rejects.toMatchObject({ code: 'model_cut_off', resumable: true })
    expect(world.hosts.open_now()).toBe(0)
    expect(world.workspace.checkouts.size).toBe(0)
  })
})
