import { describe, expect, it } from '@jest/globals'
import { createVerifying } from '../../src/stages/verifying/verifying.ts'
import { evidenceOf, positions } from '../support/stages/positions.ts'
import { failure, stageWorld } from '../support/stages/stage-world.ts'

describe('verifying', () => {
  it('passes on the evidence of the runner', async () => {
    const world = stageWorld()
    const { verifying } = await positions(world)
    const evidence = evidenceOf(world.base, verifying.change)
    const prover = { prove: async () => ({ ok: true as const, evidence }) }
    const outcome = await createVerifying({ desks: world.desks, prover })(world.context(verifying))
    expect(outcome).toEqual({ kind: 'proof_passed', evidence })
    expect(world.agents.heard).toEqual([])
  })

  it('passes on at most twenty failures', async () => {
    const failures = Array.from({ length: 25 }, (_, index) => failure('regression', `test ${index}`))
    const world = stageWorld({ prover: { prove: { ok: false, failures, output: '' } } })
    const { verifying } = await positions(world)
    const outcome = await createVerifying(world)(world.context(verifying))
    expect(outcome).toEqual({ kind: 'proof_failed', failures: failures.slice(0, 20) })
  })

  it('is a bug of ours when a proof fails without a reason', async () => {
    const world = stageWorld({ prover: { prove: { ok: false, failures: [], output: '' } } })
    const { verifying } = await positions(world)
    await expect(createVerifying(world)(world.context(verifying))).rejects.toMatchObject({ code: 'internal' })
  })

  it('takes no proof of another tree', async () => {
    const world = stageWorld()
    const { verifying } = await positions(world)
    const evidence = { ...evidenceOf(world.base, verifying.change), tree: 'e'.repeat(40) }
    const prover = { prove: async () => ({ ok: true as const, evidence }) }
    const outcome = createVerifying({ desks: world.desks, prover })(world.context(verifying))
    await expect(outcome).rejects.toMatchObject({ code: 'internal' })
  })

  it('is held without a test command', async () => {
    const world = stageWorld({ prover: { detect: { problem: 'package.json has no test script' } } })
    const { verifying } = await positions(world)
    await expect(createVerifying(world)(world.context(verifying))).rejects.toMatchObject({
      code: 'no_test_command',
      resumable: true,
      message: 'package.json has no test script',
    })
  })

  it('refuses a config that is wrong, with every mistake', async () => {
    const world = stageWorld({ config: { labell: 'x', enabled: 'maybe' } })
    const { verifying } = await positions(world)
    const outcome = createVerifying(world)(world.context(verifying))
    await expect(outcome).rejects.toMatchObject({
      name: 'UserError',
      code: 'config_invalid',
      message: expect.stringMatching(/labell[\s\S]*\n.*enabled|enabled[\s\S]*\n.*labell/),
    })
  })
})
