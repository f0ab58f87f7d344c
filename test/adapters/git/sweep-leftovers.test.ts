/** What dead processes leave in the state folder, and what of living ones must stay there. */
import { existsSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { bootMark, markedName, markOf, takeMark } from '../../../src/adapters/git/process-mark.ts'
import { sweepLeftovers } from '../../../src/adapters/git/sweep-leftovers.ts'
import { createWorkspaces } from '../../../src/adapters/git/workspaces.ts'
import type { Checkout, Workspaces } from '../../../src/ports/workspace.ts'
import { createPlainSandbox } from '../../support/plain-sandbox.ts'
import { createBench, REPO, removeBench } from './source-repository.ts'
import type { Bench } from './source-repository.ts'

const DAY = 24 * 3600 * 1000

let bench: Bench
let living: Checkout

beforeEach(async () => {
  bench = createBench()
  bench.source.commit({ f: '1' })
  const { workspace, commit } = await bench.workspaces.sync(REPO, 'main')
  living = await workspace.checkout(commit, 'coding')
})
afterEach(() => removeBench(bench))

/** Another app on the same state folder, as after a restart. */
function another(): Workspaces {
  const { root, source } = bench
  return createWorkspaces({ root, remote: source.remote, sandbox: createPlainSandbox(), owner: undefined })
}

/** The mark of a process that listened once and does so no more. */
async function deadMark(boot?: string): Promise<string> {
  const mark = `${boot ?? (await bootMark())}${'0'.repeat(10)}`
  const server = createServer()
  const early = join(bench.root, 'early')
  await new Promise<void>((resolve) => server.listen(early, resolve))
  // Moved, so that closing does not find it: a killed process removes nothing.
  renameSync(early, join(bench.root, 'temporary', `alive-${mark}`))
  await new Promise((resolve) => server.close(resolve))
  return mark
}

function plant(folder: string, name: string, age = 0): string {
  const path = join(bench.root, folder, name)
  if (folder === 'temporary' && !name.endsWith('.git')) writeFileSync(path, '')
  else mkdirSync(join(path, 'deep'), { recursive: true })
  const then = (Date.now() - age) / 1000
  utimesSync(path, then, then)
  return path
}

describe('a sweep', () => {
  it('removes what belongs to a dead process, and nothing of one that lives', async () => {
    const mark = await deadMark()
    const dead = [
      plant('checkouts', markedName('coding', mark)),
      plant('checkouts', markedName('proof-base', mark)),
      plant('temporary', markedName('index', mark)),
      plant('temporary', `${markedName('index', mark)}.lock`),
      plant('temporary', `${markedName('new', mark)}.git`),
      join(bench.root, 'temporary', `alive-${mark}`),
    ]
    const mine = markOf(living.path) ?? ''
    const index = plant('temporary', markedName('index', mine), 2 * DAY)
    utimesSync(living.path, 0, 0)
    expect(await another().sweepLeftovers()).toBe(2)
    expect(dead.filter((path) => existsSync(path))).toEqual([])
    const socket = join(bench.root, 'temporary', `alive-${mine}`)
    expect([living.path, index, socket].map((path) => existsSync(path))).toEqual([true, true, true])
    expect(await another().sweepLeftovers()).toBe(0)
  })

  it('leaves to age what says of nobody whether they live: another boot, an older version, a folder without sockets', async () => {
    const names = [
      markedName('coding', await deadMark('ffffff')),
      `coding-${'a'.repeat(24)}`,
      markedName('coding', '1'.repeat(16)),
    ]
    for (const name of names) plant('checkouts', name, DAY / 2)
    expect(await another().sweepLeftovers()).toBe(0)
    for (const name of names) plant('checkouts', name, 1.1 * DAY)
    expect(await another().sweepLeftovers()).toBe(3)
    expect(readdirSync(join(bench.root, 'checkouts'))).toHaveLength(1)
  })

  it('knows a dead process by its socket as long as something of it is left', async () => {
    const mark = await deadMark()
    plant('checkouts', markedName('coding', mark))
    const { root } = bench
    const full = (): Promise<void> => Promise.reject(new Error('the disk is read-only'))
    expect(await sweepLeftovers({ root, discard: full })).toBe(0)
    expect(await another().sweepLeftovers()).toBe(1)
    expect(existsSync(join(bench.root, 'temporary', `alive-${mark}`))).toBe(false)
  })

  it('takes locks and half-written packs of a killed git out of the mirrors, and leaves those in use', async () => {
    const mirror = join(bench.root, 'mirrors', `${REPO.id}.git`)
    mkdirSync(join(mirror, 'refs/millwright'), { recursive: true })
    const locks = ['config.lock', 'refs/millwright/abcdef1234.lock', 'objects/pack/tmp_pack_a1']
    for (const name of locks) writeFileSync(join(mirror, name), '')
    const there = (): string[] => locks.filter((name) => existsSync(join(mirror, name)))
    await another().sweepLeftovers()
    expect(there()).toEqual(locks)
    for (const name of locks) utimesSync(join(mirror, name), 0, 0)
    await another().sweepLeftovers()
    expect(there()).toEqual([])
    const { workspace, commit } = await bench.workspaces.sync(REPO, 'main')
    expect(await workspace.has(commit)).toBe(true)
  })

  it('of a state folder that is new does nothing', async () => {
    const { root, source } = bench
    const fresh = createWorkspaces({
      root: join(root, 'fresh'),
      remote: source.remote,
      sandbox: createPlainSandbox(),
      owner: undefined,
    })
    expect(await fresh.sweepLeftovers()).toBe(0)
  })
})

describe('the mark of a process', () => {
  it('is its own, and is read from the names that carry it', async () => {
    const folder = join(bench.root, 'temporary')
    const [one, two] = [await takeMark(folder), await takeMark(folder)]
    expect(one).not.toBe(two)
    expect(markOf(markedName('proof-0123456789abcdef', one))).toBe(one)
    expect(markOf(`coding-${'a'.repeat(24)}`)).toBeUndefined()
    expect(markOf('alive-../../x')).toBeUndefined()
  })

  it('is had where the path is too long for a socket, too', async () => {
    const folder = join(bench.root, 'x'.repeat(120))
    mkdirSync(folder)
    expect(await takeMark(folder)).toMatch(/^[0-9a-f]{16}$/)
    expect(readdirSync(folder)).toEqual([])
  })
})
