/** Taking a base in on real git: what the coder and the prover get is what git made of both sides. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import type { Workspace } from '../../src/ports/workspace.ts'
import { takeBaseIn } from '../../src/stages/integrating/take-base-in.ts'
import { createBench, REPO, removeBench } from '../adapters/git/source-repository.ts'
import type { Bench, Content } from '../adapters/git/source-repository.ts'
import { positions } from '../support/stages/positions.ts'
import { signer, stageWorld } from '../support/stages/stage-world.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const OLD_TEST = 'test("old", run)\n\n\n\n\n\ntest("last", run)\n'
const LOCKED = 'test("criterion", run)\n'

describe('taking a base in', () => {
  let bench: Bench
  beforeEach(() => {
    bench = createBench()
  })
  afterEach(() => removeBench(bench))

  /** A published change whose locked tests are a new file and lines in an old one; then the base moves on. */
  async function scene(moved: Readonly<Record<string, Content>>) {
    const base = bench.source.commit({
      'lib/add.js': 'a - b\n',
      'test/add.js': OLD_TEST,
      'run.sh': { run: '#!\n' },
    })
    const { workspace } = await bench.workspaces.sync(REPO, 'main')
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
    const more = `${OLD_TEST}test("sum", run)\n`
    const tests = await workspace.withFiles(base, [
      { path: 'test/sum.js', content: bytes(LOCKED) },
      { path: 'test/add.js', content: bytes(more) },
    ])
    const commit = await workspace.withFiles(tests, [{ path: 'lib/add.js', content: bytes('a + b\n') }])
    const world = stageWorld()
    const { integrating } = await positions(world)
    const at = {
      ...integrating,
      spec: { ...integrating.spec, base: { branch: 'main', commit: base } },
      tests: {
        tests: integrating.tests.tests,
        files: [
          { path: 'test/sum.js', sha256: sha256(LOCKED) },
          { path: 'test/add.js', sha256: sha256(more) },
        ],
        commit: tests,
      },
      change: { ...integrating.change, commit, tree: await workspace.tree(commit) },
    }
    const { run } = world.context(at)
    const head = bench.source.commit(moved)
    const deps = { workspaces: bench.workspaces, signer }
    const inRepo = { ...run, issue: { ...run.issue, repo: REPO } }
    return { workspace, head, change: at.change.commit, taking: await takeBaseIn(deps, inRepo, at) }
  }

  const textAt = async (workspace: Workspace, commit: string, path: string): Promise<string | undefined> => {
    const bytes = await workspace.read(commit, path, 1e6)
    return bytes && Buffer.from(bytes).toString('utf8')
  }

  it('joins both sides, and locks what git joined of a test that both changed', async () => {
    const added = OLD_TEST.replace('test("old", run)', 'test("older", run)\ntest("old", run)')
    const { workspace, head, change, taking } = await scene({ 'test/add.js': added, 'docs/x.md': 'x\n' })
    if (taking.kind !== 'taken' || taking.sighting.kind !== 'base_taken_in') throw new Error(taking.kind)
    const { sighting } = taking
    expect(sighting).toMatchObject({ base: head, conflicts: [] })
    expect(sighting.change.commit).not.toBe(change)
    expect(sighting.change.tree).toBe(await workspace.tree(sighting.change.commit))
    const joined = `${added}test("sum", run)\n`
    for (const commit of [sighting.change.commit, sighting.tests.commit]) {
      expect(await textAt(workspace, commit, 'test/add.js')).toBe(joined)
      expect(await textAt(workspace, commit, 'test/sum.js')).toBe(LOCKED)
      expect(await textAt(workspace, commit, 'docs/x.md')).toBe('x\n')
    }
    expect(await textAt(workspace, sighting.change.commit, 'lib/add.js')).toBe('a + b\n')
    expect(await textAt(workspace, sighting.tests.commit, 'lib/add.js')).toBe('a - b\n')
    expect((await workspace.diff(head, sighting.tests.commit)).map(({ path }) => path)).toEqual([
      'test/add.js',
      'test/sum.js',
    ])
    expect(sighting.tests.files).toEqual([
      { path: 'test/sum.js', sha256: sha256(LOCKED) },
      { path: 'test/add.js', sha256: sha256(joined) },
    ])
  })

  it('hands conflicts in other files on, with markers in the tree', async () => {
    const { workspace, taking } = await scene({ 'lib/add.js': 'a - -b\n' })
    if (taking.kind !== 'taken' || taking.sighting.kind !== 'base_taken_in') throw new Error(taking.kind)
    expect(taking.sighting.conflicts).toEqual(['lib/add.js'])
    expect(await textAt(workspace, taking.sighting.change.commit, 'lib/add.js')).toMatch(
      /^<<<<<<< \w{40}\na \+ b\n=======\na - -b\n>>>>>>> \w{40}\n$/,
    )
  })

  it('leaves a locked test that both sides made different to a person', async () => {
    const { taking } = await scene({ 'test/sum.js': 'test("theirs", run)\n', 'test/add.js': null })
    expect(taking).toEqual({ kind: 'by_person', why: 'in locked tests: test/add.js, test/sum.js' })
  })
})
