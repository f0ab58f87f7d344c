/** A run's files between two machines, with real git: what is brought, what is shared, and what is never pushed. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { lowerPolicy } from '../../src/core/lower-policy.ts'
import type { RunState } from '../../src/core/state.ts'
import { createRunFiles } from '../../src/desk/create-run-files.ts'
import type { RunFiles } from '../../src/ports/run-files.ts'
import type { Workspaces } from '../../src/ports/workspace.ts'
import { createSource } from '../adapters/git/source-repository.ts'
import type { Source } from '../adapters/git/source-repository.ts'
import { createPlainSandbox } from '../support/plain-sandbox.ts'
import { recordingLog } from '../support/recording-log.ts'
import { intakeState, ISSUE, stateUnder } from '../support/states.ts'

interface Machine {
  readonly root: string
  readonly workspaces: Workspaces
  readonly files: RunFiles
  readonly log: ReturnType<typeof recordingLog>
  /** How often it asked the forge for anything. */
  calls(): number
}

let source: Source
let base: string
const machines: Machine[] = []

beforeEach(() => {
  source = createSource()
  base = source.commit({ 'index.js': 'old\n' })
})
afterEach(() => {
  for (const { root } of machines.splice(0)) rmSync(root, { recursive: true, force: true })
  rmSync(source.folder, { recursive: true, force: true })
})

/** Those with the same `packs` share a database. */
function machine(packs = createMemoryStore()): Machine {
  const root = mkdtempSync(join(tmpdir(), 'state-'))
  const log = recordingLog()
  let calls = 0
  const remote: Source['remote'] = {
    remote: (repo, right) => {
      calls += 1
      return source.remote.remote(repo, right)
    },
  }
  const workspaces = createWorkspaces({ root, remote, sandbox: createPlainSandbox(), owner: undefined })
  const made = {
    root,
    workspaces,
    log,
    files: createRunFiles({ workspaces, packs, log }),
    calls: () => calls,
  }
  machines.push(made)
  return made
}

/** A run whose change waits for its proof, with commits that only this machine has. */
async function verifying({ workspaces }: Machine, trust: number): Promise<RunState> {
  const { workspace } = await workspaces.sync(ISSUE.repo, 'main')
  const file = (path: string, text: string) => ({ path, content: Buffer.from(text) })
  const tests = await workspace.withFiles(base, [file('test/a.js', 'test\n')])
  const change = await workspace.withFiles(tests, [file('index.js', 'new\n')])
  const state = stateUnder({ trust, config_commit: base }, 'verifying')
  if (state.at.stage !== 'verifying') throw new Error(state.at.stage)
  const { at } = state
  return {
    ...state,
    at: {
      ...at,
      spec: { ...at.spec, base: { branch: 'main', commit: base } },
      tests: { ...at.tests, commit: tests },
      change: { ...at.change, commit: change, tree: await workspace.tree(change) },
    },
  }
}

function changeOf({ at }: RunState): string {
  if (at.stage !== 'verifying') throw new Error(at.stage)
  return at.change.commit
}

const shared = (): string => source.git('for-each-ref', '--format=%(refname)', 'refs/millwright')

describe('the files of a run', () => {
  it('go to a machine that has never seen the repository', async () => {
    const [one, two] = [machine(), machine()]
    const state = await verifying(one, 2)
    expect(await one.files.bring(state, false)).toBe('there')
    await one.files.share(state)
    expect(await two.files.bring(state, false)).toBe('there')
    const workspace = await two.workspaces.open(ISSUE.repo)
    const text = await workspace.read(changeOf(state), 'index.js', 100)
    expect(Buffer.from(text ?? []).toString()).toBe('new\n')
  })

  it('are there without a word to the forge where nothing is missing, and asked for once more after a crash', async () => {
    const one = machine()
    const state = await verifying(one, 2)
    const before = one.calls()
    expect(await one.files.bring(state, false)).toBe('there')
    expect(one.calls()).toBe(before)
    expect(await one.files.bring(state, true)).toBe('there')
    expect(one.calls()).toBe(before + 1)
  })

  it('bring along what an attempt elsewhere kept last, which the state does not name yet', async () => {
    const [one, two] = [machine(), machine()]
    const state = await verifying(one, 2)
    await one.files.share(state)
    await two.files.bring(state, false)
    // A writing turn of the next attempt, after which that machine shut down.
    const workspace = await one.workspaces.open(ISSUE.repo)
    const content = Buffer.from('half done\n')
    const turn = await workspace.withFiles(changeOf(state), [{ path: 'index.js', content }])
    await workspace.keep(state.run, [changeOf(state), turn])
    await one.files.share(state)
    const there = await two.workspaces.open(ISSUE.repo)
    expect(await there.has(turn)).toBe(false)
    expect(await two.files.bring(state, true)).toBe('there')
    expect(await there.has(turn)).toBe(true)
  })

  it('are never pushed at trust level 1, and go to other machines through the database they share', async () => {
    const packs = createMemoryStore()
    const [one, two, elsewhere] = [machine(packs), machine(packs), machine()]
    const state = await verifying(one, 1)
    await one.files.share(state)
    expect(shared()).toBe('')
    expect(await two.files.bring(state, false)).toBe('there')
    const workspace = await two.workspaces.open(ISSUE.repo)
    const text = await workspace.read(changeOf(state), 'index.js', 100)
    expect(Buffer.from(text ?? []).toString()).toBe('new\n')
    // That of a database that was lost knows nothing.
    expect(await elsewhere.files.bring(state, false)).toBe('gone')
    expect(elsewhere.log.lines.map(({ event }) => event)).toEqual(['files_gone'])
    expect(await one.files.bring(state, false)).toBe('there')
    await two.files.drop(state)
    expect(await packs.pack(state.run)).toBeUndefined()
  })

  it('bring along at trust level 1 what an attempt elsewhere kept last', async () => {
    const packs = createMemoryStore()
    const [one, two] = [machine(packs), machine(packs)]
    const state = await verifying(one, 1)
    await one.files.share(state)
    await two.files.bring(state, false)
    const workspace = await one.workspaces.open(ISSUE.repo)
    const content = Buffer.from('half done\n')
    const turn = await workspace.withFiles(changeOf(state), [{ path: 'index.js', content }])
    await workspace.keep(state.run, [changeOf(state), turn])
    await one.files.share(state)
    expect(await two.files.bring(state, true)).toBe('there')
    expect(await (await two.workspaces.open(ISSUE.repo)).has(turn)).toBe(true)
  })

  it('are handed to nobody where they are too large for it, and the log says so', async () => {
    const one = machine()
    const state = await verifying(one, 1)
    const workspace = await one.workspaces.open(ISSUE.repo)
    const content = randomBytes(5_000_000)
    const turn = await workspace.withFiles(changeOf(state), [{ path: 'large.bin', content }])
    await workspace.keep(state.run, [changeOf(state), turn])
    await one.files.share(state)
    expect(one.log.lines.map(({ event }) => event)).toEqual(['files_not_packed'])
  })

  it('are more than the base only once there is work on it', async () => {
    const two = machine()
    expect(await two.files.bring(intakeState(), false)).toBe('there')
    expect(two.calls()).toBe(0)
    const planned = stateUnder({ trust: 1, config_commit: base }, 'planning')
    if (planned.at.stage !== 'planning') throw new Error(planned.at.stage)
    const spec = { ...planned.at.spec, base: { branch: 'main', commit: base } }
    expect(await two.files.bring({ ...planned, at: { ...planned.at, spec } }, false)).toBe('there')
  })

  it('outlive a base branch that was forced to another history', async () => {
    const [one, two] = [machine(), machine()]
    const state = await verifying(one, 2)
    await one.files.share(state)
    source.git('checkout', '-q', '--orphan', 'anew')
    source.commit({ 'index.js': 'another history\n' })
    source.git('branch', '-M', 'anew', 'main')
    expect(await two.files.bring(state, false)).toBe('there')
  })

  it('are gone everywhere when the run has ended', async () => {
    const one = machine()
    const state = await verifying(one, 2)
    await one.files.share(state)
    expect(shared()).toBe(`refs/millwright/${state.run}`)
    await one.files.drop(state)
    await one.files.drop(state)
    expect(shared()).toBe('')
    // A result that comes late shares nothing any more.
    if (state.at.stage !== 'verifying') throw new Error(state.at.stage)
    const reason = { code: 'internal', detail: '' }
    await one.files.share({ ...state, at: { stage: 'failed', reason, from: state.at } })
    expect(shared()).toBe('')
  })

  it('F-51: are pushed no more once the level is too low, and what was pushed before goes with the run', async () => {
    const [one, two] = [machine(), machine()]
    const state = await verifying(one, 2)
    await one.files.share(state)
    const before = source.git('rev-parse', `refs/millwright/${state.run}`)
    if (state.at.stage !== 'verifying') throw new Error(state.at.stage)
    const policy = lowerPolicy(state.at.spec.policy, { trust: 1, caps: { usd: 5, turns: 150 } })
    if (!policy) throw new Error('1 is lower than 2')
    const { workspace } = await one.workspaces.sync(ISSUE.repo, 'main')
    const commit = await workspace.withFiles(state.at.change.commit, [
      { path: 'index.js', content: Buffer.from('newer\n') },
    ])
    const spec = { ...state.at.spec, policy }
    const lowered: RunState = { ...state, at: { ...state.at, spec } }
    await one.files.share({ ...state, at: { ...state.at, spec, change: { ...state.at.change, commit } } })
    expect(source.git('rev-parse', `refs/millwright/${state.run}`)).toBe(before)
    expect(await two.files.bring(lowered, false)).toBe('there')
    await one.files.drop(lowered)
    expect(shared()).toBe('')
  })

  it('are kept as far as they are here, and the log says what is missing', async () => {
    const [one, two] = [machine(), machine()]
    const state = await verifying(one, 2)
    await two.workspaces.sync(ISSUE.repo, 'main')
    await two.files.share(state)
    expect(two.log.lines.map(({ event, fields }) => [event, fields['commit']])).toContainEqual([
      'commit_not_kept',
      changeOf(state),
    ])
    expect(shared()).toBe(`refs/millwright/${state.run}`)
  })
})
