/** A run's commits as bytes: packed on one machine, unpacked on another, and never half. */
import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { RunPack, Workspace } from '../../../src/ports/workspace.ts'
import { createBench, createSource, REPO, removeBench } from './source-repository.ts'
import type { Bench, Source } from './source-repository.ts'

const RUN = 'abcdef1234'

const benches: Bench[] = []
afterEach(() => benches.splice(0).forEach(removeBench))

async function machine(source: Source): Promise<Workspace> {
  const bench = createBench({ source })
  benches.push(bench)
  return (await bench.workspaces.sync(REPO, 'main')).workspace
}

function withBase(): { source: Source; base: string } {
  const source = createSource()
  // Large enough that whoever packed it too would be seen.
  return {
    source,
    base: source.commit({ 'lib/a.js': 'a\n', 'large.bin': randomBytes(50_000).toString('hex') }),
  }
}

async function packed(
  workspace: Workspace,
  base: string,
  text: string,
): Promise<{ tip: string; pack: RunPack }> {
  const tip = await workspace.withFiles(base, [{ path: 'lib/new.js', content: Buffer.from(text) }])
  await workspace.keep(RUN, [base, tip])
  const pack = await workspace.pack(RUN, [base])
  if (pack === undefined) throw new Error('there is no pack')
  return { tip, pack }
}

const textOf = async (workspace: Workspace, commit: string): Promise<string> =>
  Buffer.from((await workspace.read(commit, 'lib/new.js', 1000)) ?? []).toString()

describe('a packed run', () => {
  it('is what another machine goes on with, without what that one has from the forge', async () => {
    const { source, base } = withBase()
    const [one, two] = [await machine(source), await machine(source)]
    const { tip, pack } = await packed(one, base, 'new\n')
    expect(pack.objects.length).toBeLessThan(2000)
    expect(await two.has(tip)).toBe(false)
    expect(await two.unpack(RUN, pack)).toBe(true)
    expect(await two.unpack(RUN, pack)).toBe(true)
    expect([await two.has(tip), await textOf(two, tip)]).toEqual([true, 'new\n'])
  })

  it('is taken in beside what is there, whichever of the two came first', async () => {
    const { source, base } = withBase()
    const [one, two] = [await machine(source), await machine(source)]
    const [theirs, ours] = [await packed(one, base, 'theirs\n'), await packed(two, base, 'ours\n')]
    expect(await two.unpack(RUN, theirs.pack)).toBe(true)
    const both = await two.pack(RUN, [base])
    if (both === undefined) throw new Error('there is no pack')
    const third = await machine(source)
    expect(await third.unpack(RUN, both)).toBe(true)
    expect([await textOf(third, theirs.tip), await textOf(third, ours.tip)]).toEqual(['theirs\n', 'ours\n'])
  })

  it('is refused by a machine that lacks the base, and of use there once it has it', async () => {
    const { source, base } = withBase()
    const { tip, pack } = await packed(await machine(source), base, 'new\n')
    const bench = createBench({ source })
    benches.push(bench)
    const bare = await bench.workspaces.open(REPO)
    expect(await bare.unpack(RUN, pack)).toBe(false)
    expect([await bare.has(tip), await bare.pack(RUN, [])]).toEqual([false, undefined])
    await bench.workspaces.sync(REPO, 'main')
    expect(await bare.unpack(RUN, pack)).toBe(true)
    expect(await bare.has(tip)).toBe(true)
  })

  it('is refused where its bytes are not whole', async () => {
    const { source, base } = withBase()
    const { tip, pack } = await packed(await machine(source), base, 'new\n')
    const two = await machine(source)
    expect(await two.unpack(RUN, { tip, objects: pack.objects.subarray(0, 100) })).toBe(false)
    expect(await two.has(tip)).toBe(false)
  })

  it('is none where nothing was kept, and where it is larger than any patch in a comment', async () => {
    const { source, base } = withBase()
    const one = await machine(source)
    expect(await one.pack(RUN, [base])).toBeUndefined()
    await expect(packed(one, base, randomBytes(5_000_000).toString('hex'))).rejects.toThrow(
      'there is no pack',
    )
  })
})
