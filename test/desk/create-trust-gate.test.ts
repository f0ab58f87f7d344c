import { describe, expect, it } from '@jest/globals'
import { StageFailure, UserError } from '../../src/core/errors.ts'
import type { Observed } from '../../src/ports/trust-gate.ts'
import { positions } from '../support/stages/positions.ts'
import { stageWorld } from '../support/stages/stage-world.ts'

const HEAD = 'd'.repeat(40)
const observed: Observed = {
  head: HEAD,
  headIsOurs: true,
  labels: ['millwright', 'small'],
  pull: { mergeable: true, behind: false, baseChanged: false },
  base: { upToDate: true, mergeQueue: false, requiredChecks: ['ci'], approvals: 0 },
  checks: [{ name: 'ci', state: 'passed' }],
  remarksOpen: 0,
  changesRequestedBy: [],
  approvedBy: [],
}

async function decide(config: unknown, trust: number) {
  const world = stageWorld({ config })
  const { integrating } = await positions(world, trust)
  return world.gate.decide(world.context(integrating).run, observed)
}

describe('the trust gate', () => {
  it('F-51: takes scopes and limits from the config, and the level that the run began with', async () => {
    const scopes = { paths: ['lib/**', 'test/**'], labels: ['small'] }
    expect(await decide({ trust: { level: 5, scopes } }, 4)).toMatchObject({ head: HEAD, reasons: [] })
    const elsewhere = { paths: ['docs/**'], labels: ['small'] }
    const { reasons } = await decide({ trust: { level: 5, scopes: elsewhere } }, 4)
    expect(reasons.map(({ code }) => code)).toEqual(['out_of_scope'])
    expect((await decide({ trust: { level: 5, scopes } }, 2)).reasons[0]).toEqual({
      code: 'trust_level',
      detail: 'it is 2',
    })
  })

  it('reads the diff that would be merged, with what the config protects in it', async () => {
    const { reasons } = await decide({ protected: ['lib/**'] }, 5)
    expect(reasons).toEqual([{ code: 'protected_path', detail: '`lib/add.js`' }])
  })

  it('knows the hold of the run', async () => {
    const world = stageWorld()
    const { integrating } = await positions(world, 5)
    const hold = { by: { id: 7, login: 'grace' }, at: '2026-01-02T03:00:00Z' }
    const { reasons } = await world.gate.decide(world.context(integrating, { hold }).run, observed)
    expect(reasons).toEqual([{ code: 'on_hold', detail: 'by `grace`' }])
  })

  it('decides nothing without a reviewed change, or by a config with mistakes', async () => {
    const world = stageWorld()
    const { coding } = await positions(world)
    await expect(world.gate.decide(world.context(coding).run, observed)).rejects.toBeInstanceOf(StageFailure)
    await expect(decide({ trust: { level: 9 } }, 4)).rejects.toBeInstanceOf(UserError)
  })
})
