import { describe, expect, it } from '@jest/globals'
import type { RedReport } from '../../src/ports/proof.ts'
import { createSpecifying } from '../../src/stages/specifying/specifying.ts'
import { PLAN, positions, TEST_FILE, TESTS } from '../support/stages/positions.ts'
import type { Scripted, Turn } from '../support/stages/scripted-agents.ts'
import type { WorldScript } from '../support/stages/stage-world.ts'
import { prompt, REPOSITORY, signer, stageWorld } from '../support/stages/stage-world.ts'

const [TEST] = TESTS
if (!TEST) throw new Error('the fixture has a test')

const red: RedReport = {
  ok: true,
  tests: [{ test: TEST, red: 'assertion', message: 'expected 3, got -1' }],
  broken: [],
  output: '',
}
const green: RedReport = {
  ok: false,
  tests: [{ test: TEST, red: 'passes', message: '' }],
  broken: [],
  output: 'ok 1 adds',
}
const prompts = {
  tester: prompt('specifying/tester/prompt.md'),
  not_red: prompt('specifying/tester/not-red.md'),
}

/** Writes files, then submits a list of tests. */
function writes(files: Record<string, string>, result: unknown = { tests: TESTS }): Scripted {
  return async (turn: Turn) => {
    for (const [path, text] of Object.entries(files)) await turn.write(path, text)
    return { result }
  }
}
const good = writes({ 'test/sum.js': TEST_FILE })

async function specify(script: WorldScript) {
  const world = stageWorld(script)
  const isTestPath = (path: string): boolean => path.startsWith('test/')
  const run = createSpecifying({ desks: world.desks, prover: world.prover, signer, isTestPath, prompts })
  const { specifying } = await positions(world)
  return { world, run, outcome: run(world.context(specifying)) }
}

describe('specifying', () => {
  it('locks the tests that the runner saw fail on base', async () => {
    const { world, outcome } = await specify({ agents: { tester: [[good]] }, prover: { red: [red] } })
    const result = await outcome
    if (result.kind !== 'tests_written') throw new Error(result.kind)
    expect(result.tests.tests).toEqual(TESTS)
    expect(result.tests.files).toEqual([{ path: 'test/sum.js', sha256: signer.hash(TEST_FILE) }])
    expect(world.workspace.texts(result.tests.commit)).toEqual({
      ...world.workspace.texts(world.base),
      'test/sum.js': TEST_FILE,
    })
    expect(world.prover.calls.map((call) => [call.method, call.commit])).toEqual([
      ['red', result.tests.commit],
    ])
    expect(world.workspace.checkouts.size).toBe(0)
  })

  it('asks for the criteria that need a test, and for no others', async () => {
    const { world, outcome } = await specify({ agents: { tester: [[good]] }, prover: { red: [red] } })
    await outcome
    expect(world.agents.heard[0]?.prompt).toContain('at least one test each: C1.')
    expect(world.agents.heard[0]?.dossier.at(-1)).toContain('# The plan')
  })

  it('asks nobody where every criterion is judged by inspection', async () => {
    const world = stageWorld()
    const { specifying } = await positions(world)
    const criteria = [
      { id: 'C1', text: 'The README says so', proof: { kind: 'inspection' as const, how: 'read it' } },
    ]
    const run = createSpecifying({
      desks: world.desks,
      prover: world.prover,
      signer,
      isTestPath: () => true,
      prompts,
    })
    const outcome = await run(world.context({ ...specifying, plan: { ...PLAN, criteria } }))
    expect(outcome).toEqual({ kind: 'tests_written', tests: { tests: [], files: [], commit: world.base } })
    expect(world.agents.heard).toEqual([])
  })

  it('tells the tester in the same conversation what the runner saw, and takes the mended test', async () => {
    const loose = writes({ 'test/sum.js': 'test("adds", t => t.pass())\n' })
    const { world, outcome } = await specify({
      agents: { tester: [[loose, good]] },
      prover: { red: [green, red] },
    })
    expect(await outcome).toMatchObject({ kind: 'tests_written' })
    expect(world.agents.heard).toHaveLength(1)
    const told = world.agents.heard[0]?.messages[1]
    expect(told).toContain('C1, test/sum.js › adds: passes on the code as it is')
    expect(told).toContain('ok 1 adds')
    expect(told).toMatch(/<<<outside what is wrong/)
  })

  it('is held with the details when the tests stay green on base', async () => {
    const { world, outcome } = await specify({
      agents: { tester: [[good, good, good]] },
      prover: { red: [green, green, green] },
    })
    await expect(outcome).rejects.toMatchObject({
      code: 'tests_not_red',
      resumable: true,
      message: expect.stringContaining('passes on the code as it is'),
    })
    expect(world.agents.left()).toBe(0)
  })

  it('refuses a changed file that is no test, by its name, before the runner is asked', async () => {
    const stray = writes({
      'test/sum.js': TEST_FILE,
      'lib/add.js': 'module.exports = () => 3\n',
      'notes.txt': '',
    })
    const half = writes({ 'lib/add.js': REPOSITORY['lib/add.js'] })
    const { world, outcome } = await specify({ agents: { tester: [[stray, half, half]] } })
    await expect(outcome).rejects.toMatchObject({ code: 'tests_not_locked', resumable: true })
    const [, first, second] = world.agents.heard[0]?.messages ?? []
    expect(first).toContain('lib/add.js: not a test file; put it back as it was, or remove it')
    expect(first).toContain('notes.txt: not a test file')
    expect(second).not.toContain('lib/add.js')
    expect(world.prover.calls).toEqual([])
  })

  it('does not hold against the tester what setup left behind, and leaves it out', async () => {
    const { world, outcome } = await specify({
      agents: { tester: [[good]] },
      prover: { red: [red] },
      setupLeaves: { 'package-lock.json': '{}\n' },
    })
    const result = await outcome
    if (result.kind !== 'tests_written') throw new Error(result.kind)
    expect(Object.keys(world.workspace.texts(result.tests.commit))).not.toContain('package-lock.json')
    expect(result.tests.files.map((file) => file.path)).toEqual(['test/sum.js'])
  })

  it.each([
    ['a criterion without a test', { tests: [] }, 'tests: C1 has no test'],
    [
      'a test for no criterion',
      { tests: [...TESTS, { ...TEST, criterion: 'C7' }] },
      'tests: C7 is no criterion that needs a test',
    ],
    [
      'a file that was not written',
      { tests: [{ ...TEST, file: 'test/add.js' }] },
      'tests: test/add.js is named, but you did not change it',
    ],
    ['the same test twice', { tests: [TEST, TEST] }, 'is listed twice'],
  ])('refuses %s', async (_what, result, complaint) => {
    const wrong = writes({ 'test/sum.js': TEST_FILE }, result)
    const { world, outcome } = await specify({ agents: { tester: [[wrong, good]] }, prover: { red: [red] } })
    expect(await outcome).toMatchObject({ kind: 'tests_written' })
    expect(world.agents.heard[0]?.messages[1]).toContain(complaint)
  })

  it('stops when the tester says that a criterion holds already', async () => {
    const cannot = writes({}, { tests: [], cannot: 'C1 holds: add(1, 2) is 3 today.' })
    const { outcome } = await specify({ agents: { tester: [[cannot]] } })
    await expect(outcome).rejects.toMatchObject({
      code: 'tests_not_red',
      resumable: true,
      message: expect.stringContaining('C1 holds: add(1, 2) is 3 today.'),
    })
  })

  it('fails as the model failed, and takes its bench down', async () => {
    const { world, outcome } = await specify({ agents: { tester: [[{ fails: 'model_refused' }]] } })
    await expect(outcome).rejects.toMatchObject({ code: 'model_refused', resumable: true })
    expect(world.hosts.open_now()).toBe(0)
    expect(world.workspace.checkouts.size).toBe(0)
  })
})
