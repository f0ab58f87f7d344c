import { describe, expect, it } from '@jest/globals'
import { NO_FEEDBACK } from '../../src/core/state.ts'
import type { QuickCheck } from '../../src/ports/proof.ts'
import { createCoding } from '../../src/stages/coding/coding.ts'
import { FIXED, positions, TEST_FILE } from '../support/stages/positions.ts'
import type { Scripted } from '../support/stages/scripted-agents.ts'
import type { WorldScript } from '../support/stages/stage-world.ts'
import { codingPrompts as prompts, failure, signer, stageWorld } from '../support/stages/stage-world.ts'

const green: QuickCheck = { ok: true, failures: [], output: '' }
const red = (...failures: QuickCheck['failures']): QuickCheck => ({ ok: false, failures, output: 'not ok 1' })
const stillRed = red(failure('criterion_not_green', 'C1: adds', 'expected 3, got -1'))

function writes(files: Record<string, string>, result: object = {}): Scripted {
  return async ({ write }) => {
    for (const [path, text] of Object.entries(files)) await write(path, text)
    return { result: { summary: 'add now adds.', ...result } }
  }
}
const fix = writes({ 'lib/add.js': FIXED })
/** More than thirty lines, so that a pass to simplify follows. */
const LONG = `module.exports = (a, b) => {\n${'  b += 0\n'.repeat(30)}  return a + b\n}\n`
const longFix = writes({ 'lib/add.js': LONG })
const nothingMore = writes({})

type At = Awaited<ReturnType<typeof positions>>['coding']

async function code(script: WorldScript, more: (at: At) => Partial<At> = () => ({})) {
  const world = stageWorld(script)
  const { coding } = await positions(world)
  const at = { ...coding, ...more(coding) }
  const run = createCoding({ desks: world.desks, prover: world.prover, signer, prompts })
  return { world, at, outcome: run(world.context(at)) }
}

async function written(outcome: ReturnType<ReturnType<typeof createCoding>>) {
  const result = await outcome
  if (result.kind !== 'code_written') throw new Error(result.kind)
  return result.change
}

describe('coding', () => {
  it('ends with the green change, looked over once', async () => {
    const { world, outcome } = await code({
      agents: { coder: [[longFix, nothingMore]] },
      prover: { quick: [green] },
    })
    const change = await written(outcome)
    expect(world.workspace.texts(change.commit)).toEqual({
      ...world.workspace.texts(world.base),
      'lib/add.js': LONG,
      'test/sum.js': TEST_FILE,
    })
    expect(change).toMatchObject({ summary: 'add now adds.', not_done: [] })
    expect(change.tree).toBe(await world.workspace.tree(change.commit))
    expect(world.agents.heard[0]?.messages[1]).toContain('simplify')
    expect(world.workspace.checkouts.size).toBe(0)
  })

  it('asks for no second look at a change of at most thirty lines in three places', async () => {
    const { world, outcome } = await code({ agents: { coder: [[fix]] }, prover: { quick: [green] } })
    const change = await written(outcome)
    expect(world.workspace.texts(change.commit)['lib/add.js']).toBe(FIXED)
    expect(world.agents.heard[0]?.messages).toHaveLength(1)
    expect(world.notes.at(-1)).toBe('Green; a small change, which needs no pass to simplify')
  })

  it('shows the coder the plan and the locked tests after the blocks that all roles share', async () => {
    const { world, outcome } = await code({
      agents: { coder: [[fix, nothingMore]] },
      prover: { quick: [green] },
    })
    await outcome
    const dossier = world.agents.heard[0]?.dossier ?? []
    expect(dossier.at(-2)).toContain('# The plan')
    expect(dossier.at(-1)).toContain('t.equal(add(1, 2), 3)')
    expect(dossier.at(-1)).not.toMatch(/^index /m)
  })

  it('gives equal changes equal hashes, whatever their commits are called', async () => {
    const script = (): WorldScript => ({
      agents: { coder: [[fix, nothingMore]] },
      prover: { quick: [green] },
    })
    const [a, b] = [await code(script()), await code(script())]
    // One more commit in this world, so that the ids differ.
    b.world.workspace.commit(b.world.workspace.at(b.world.base))
    const [first, second] = [await written(a.outcome), await written(b.outcome)]
    expect(first.diff_hash).toBe(second.diff_hash)
  })

  it('takes the simplified version when it is green', async () => {
    const simpler = 'module.exports=(a,b)=>a+b\n'
    const { world, outcome } = await code({
      agents: { coder: [[longFix, writes({ 'lib/add.js': simpler }, { summary: 'Shorter.' })]] },
      prover: { quick: [green, green] },
    })
    const change = await written(outcome)
    expect(world.workspace.texts(change.commit)['lib/add.js']).toBe(simpler)
    expect(change.summary).toBe('Shorter.')
  })

  it.each<[string, Scripted, QuickCheck[]]>([
    ['is red', writes({ 'lib/add.js': 'oops\n' }, { summary: 'Shorter.' }), [green, stillRed]],
    ['gives no answer', { fails: 'model_no_answer' }, [green]],
  ])('keeps the version before a refactor pass that %s', async (_what, second, quick) => {
    const { world, outcome } = await code({ agents: { coder: [[longFix, second]] }, prover: { quick } })
    const change = await written(outcome)
    expect(world.workspace.texts(change.commit)['lib/add.js']).toBe(LONG)
    expect(change.summary).toBe('add now adds.')
    expect(world.notes.at(-1)).toContain('the version before it stands')
  })

  it('tells the coder what the runner saw, in the same conversation', async () => {
    const { world, outcome } = await code({
      agents: { coder: [[writes({ 'lib/add.js': 'nope\n' }), fix, nothingMore]] },
      prover: { quick: [stillRed, green] },
    })
    await written(outcome)
    expect(world.agents.heard).toHaveLength(1)
    const told = world.agents.heard[0]?.messages[1]
    expect(told).toContain('- a criterion test fails: C1: adds\n\nnot ok 1')
    expect(told).toMatch(/<<<outside what the runner saw/)
  })

  it.each([
    ['criteria_not_green', stillRed],
    ['regressions', red(failure('regression', 'adds nothing'))],
    ['setup_failed', red(failure('setup_failed', 'npm ci'))],
    ['sandbox_timeout', red(failure('timed_out', 'npm test'))],
    ['criteria_not_green', red(failure('regression', 'adds nothing'), failure('criterion_not_green', 'C1'))],
  ])('is held as %s after four red attempts', async (expected, seen) => {
    const attempts = ['1', '2', '3', '4'].map((text) => writes({ 'lib/add.js': text }))
    const { world, outcome } = await code({
      agents: { coder: [attempts] },
      prover: { quick: [seen, seen, seen, seen] },
    })
    await expect(outcome).rejects.toMatchObject({ code: expected, resumable: true })
    expect(world.agents.left()).toBe(0)
  })

  it('puts locked tests back, and says so', async () => {
    const cheat = writes({ 'test/sum.js': 'test("adds", t => t.pass())\n', 'lib/add.js': 'nope\n' })
    const { world, outcome } = await code({
      agents: { coder: [[cheat, fix, nothingMore]] },
      prover: { quick: [stillRed, green] },
    })
    const change = await written(outcome)
    const [first] = world.prover.calls
    expect(world.workspace.texts(first?.commit ?? '')['test/sum.js']).toBe(TEST_FILE)
    expect(world.workspace.texts(change.commit)['test/sum.js']).toBe(TEST_FILE)
    expect(world.agents.heard[0]?.messages[1]).toMatch(/have been put back[\s\S]*- test\/sum\.js\n/)
  })

  it('keeps nothing of a coder that changes locked tests again after being told', async () => {
    const cheat = writes({ 'test/sum.js': 'test("adds", t => t.pass())\n', 'lib/add.js': FIXED })
    const { outcome } = await code({
      agents: { coder: [[cheat, cheat]] },
      prover: { quick: [green] },
    })
    await expect(outcome).rejects.toMatchObject({
      code: 'tests_edited',
      message: expect.stringContaining('test/sum.js'),
    })
  })

  it('is told of a file that is too large to publish, before anything else is paid for', async () => {
    const large = writes({ 'lib/add.js': FIXED, 'data.bin': 'x'.repeat(5 * 1024 * 1024 + 1) })
    const { world, outcome } = await code({
      agents: { coder: [[large, fix, nothingMore]] },
      prover: { quick: [green] },
    })
    await outcome.catch(() => undefined)
    expect(world.agents.heard[0]?.messages[1]).toContain(
      '- a file is too large to publish: data.bin\n  A change may hold files of up to 5 MB; this one is larger.',
    )
  })

  it('F-42: refuses protected files without asking the runner', async () => {
    const sly = writes({ 'lib/add.js': FIXED, '.github/workflows/ci.yml': 'on: push\n' })
    const { world, outcome } = await code({ agents: { coder: [[sly, sly, sly, sly]] } })
    await expect(outcome).rejects.toMatchObject({
      code: 'protected_path',
      message: expect.stringContaining('.github/workflows/ci.yml'),
    })
    expect(world.prover.calls).toEqual([])
  })

  it('is no success when nothing changed', async () => {
    const { outcome } = await code({ agents: { coder: [[writes({}, { summary: 'All was well.' })]] } })
    await expect(outcome).rejects.toMatchObject({
      code: 'nothing_changed',
      resumable: true,
      message: 'All was well.',
    })
  })

  it('stops when the coder says that it cannot be done', async () => {
    const cannot = writes({}, { cannot: 'test/sum.js expects what README.md excludes.' })
    const { outcome } = await code({ agents: { coder: [[cannot]] } })
    await expect(outcome).rejects.toMatchObject({
      code: 'criteria_not_green',
      message: expect.stringContaining('test/sum.js expects what README.md excludes.'),
    })
  })

  it('goes on from the earlier attempt when it came back, with what was found', async () => {
    const world = stageWorld({ agents: { coder: [[fix, nothingMore]] }, prover: { quick: [green] } })
    const { coding, verifying } = await positions(world)
    const tree = new Map(world.workspace.at(verifying.change.commit)).set('lib/add.js', {
      text: 'module.exports = (a, b) => +a + +b\n',
      mode: '100644',
    })
    const previous = { ...verifying.change, commit: world.workspace.commit(tree) }
    const feedback = {
      ...NO_FEEDBACK,
      failures: [failure('regression', 'joins texts', 'expected "ab", got NaN')],
      findings: [
        {
          severity: 'blocking' as const,
          category: 'correctness' as const,
          file: 'lib/add.js',
          line: 1,
          claim: 'Texts become NaN.',
          why: 'add("a", "b") was "ab".',
          standing: 'demonstrated' as const,
          demonstration: '$ node -e …\nDEFECT: NaN',
        },
      ],
    }
    const run = createCoding({ desks: world.desks, prover: world.prover, signer, prompts })
    await written(run(world.context({ ...coding, previous, feedback })))
    const opening = world.agents.heard[0]?.prompt
    expect(opening).toContain('## The change came back')
    expect(opening).toContain('a test that passed before fails now: joins texts\n  expected "ab", got NaN')
    expect(opening).toContain('correctness, lib/add.js line 1: Texts become NaN.')
    expect(opening).toContain('DEFECT: NaN')
    expect(world.workspace.opened).toHaveLength(1)
  })

  it('lets a stop through from the refactor pass', async () => {
    const world = stageWorld({
      agents: { coder: [[longFix, { fails: 'model_unavailable' }]] },
      prover: { quick: [green] },
    })
    const { coding } = await positions(world)
    const stop = new AbortController()
    const run = createCoding({ desks: world.desks, prover: world.prover, signer, prompts })
    const context = { ...world.context(coding), signal: stop.signal }
    const progress = { step: () => {}, note: () => stop.abort(new Error('stopped by ada')) }
    await expect(run({ ...context, progress })).rejects.toThrow('stopped by ada')
  })
})
