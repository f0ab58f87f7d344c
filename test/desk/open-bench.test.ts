/** The bench while an agent's turns are replayed: it knows where its files would be, and writes nothing until a tool runs. */
import { describe, expect, it } from '@jest/globals'
import { withBench } from '../../src/desk/open-bench.ts'
import type { Bench, BenchRequest } from '../../src/ports/desk.ts'
import { SILENT } from '../../src/ports/progress.ts'
import type { ToolName } from '../../src/ports/tools.ts'
import { stageWorld } from '../support/stages/stage-world.ts'
import type { StageWorld } from '../support/stages/stage-world.ts'

const RUN = 'abcdef1234'
const { signal } = new AbortController()

async function atBench<T>(
  world: StageWorld,
  work: (bench: Bench) => Promise<T>,
  allowed: readonly ToolName[] = ['read', 'write'],
): Promise<T> {
  const { workspace, base } = world
  const detected = await world.prover.detect(workspace, base, {})
  if (!('commands' in detected)) throw new Error(detected.problem)
  const proof = { workspace, base, commands: detected.commands, signal, progress: SILENT }
  const request: BenchRequest = { commit: base, purpose: 'coding', allowed, dependencies: true }
  return withBench({ prover: world.prover, toolHosts: world.hosts }, { proof, request, run: RUN }, work)
}

const write = ({ tools }: Bench, file_path: string, content: string) =>
  tools.call('write', { file_path, content }, signal)

describe('a bench', () => {
  it('keeps its files for the run, and has them taken again without writing them', async () => {
    const world = stageWorld({ setupLeaves: { 'lock.txt': 'first\n' } })
    const kept = await atBench(world, async (bench) => {
      await write(bench, 'lib/new.js', 'new\n')
      return bench.tools.files?.keep()
    })
    if (!kept) throw new Error('nothing was kept')
    expect(world.workspace.kept.get(RUN)).toEqual([kept.start, kept.end])

    await atBench(world, async (bench) => {
      expect(await bench.tools.files?.putBack(kept)).toBe(true)
      const texts = world.workspace.texts(await bench.take('Change'))
      expect(texts['lib/new.js']).toBe('new\n')
      // What setup left is no change of the agent's.
      expect(Object.keys(texts)).not.toContain('lock.txt')
      const [path = ''] = world.workspace.checkouts.keys()
      expect(world.workspace.checkouts.get(path)?.has('lib/new.js')).toBe(false)

      await write(bench, 'lib/more.js', 'more\n')
      expect(world.workspace.checkouts.get(path)?.get('lib/new.js')?.text).toBe('new\n')
      const after = world.workspace.texts(await bench.take('Change'))
      expect([after['lib/new.js'], after['lib/more.js']]).toEqual(['new\n', 'more\n'])
    })
  })

  it('compares with what setup left in the attempt that is replayed', async () => {
    const first = stageWorld({ setupLeaves: { 'lock.txt': 'first\n' } })
    const kept = await atBench(first, async (bench) => {
      await write(bench, 'lib/new.js', 'new\n')
      return bench.tools.files?.keep()
    })
    if (!kept) throw new Error('nothing was kept')
    // Another worker's setup leaves another lock file.
    first.prover.prepare = async (_context, commit, purpose) => {
      const checkout = await first.workspace.checkout(commit, purpose)
      first.workspace.checkouts.get(checkout.path)?.set('lock.txt', { text: 'second\n', mode: '100644' })
      return checkout
    }
    const taken = await atBench(first, async (bench) => {
      await bench.tools.files?.putBack(kept)
      await write(bench, 'lib/more.js', 'more\n')
      return bench.take('Change')
    })
    expect(Object.keys(first.workspace.texts(taken)).filter((path) => path === 'lock.txt')).toEqual([])
  })

  it('has no such files on another machine, and goes on as it is', async () => {
    const world = stageWorld()
    await atBench(world, async (bench) => {
      const gone = { start: 'e'.repeat(40), end: 'f'.repeat(40) }
      expect(await bench.tools.files?.putBack(gone)).toBe(false)
      expect(await bench.take('Change')).toBe(world.base)
    })
  })

  it('keeps nothing for a role that only reads', async () => {
    const world = stageWorld()
    await atBench(world, async ({ tools }) => expect(tools.files).toBeUndefined(), ['read', 'bash'])
  })
})
