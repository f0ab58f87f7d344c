/** A coder that is killed and goes on: real git, sandbox, tool host and prover; a scripted model that counts requests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { buildToolHost } from '../../scripts/build-tool-host.ts'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { keepCopy, prepareStateFolder } from '../../src/adapters/sandbox/state-folder.ts'
import { createToolHosts } from '../../src/adapters/tool-host/create-tool-hosts.ts'
import { createMeter } from '../../src/agent/meter.ts'
import { withBench } from '../../src/desk/open-bench.ts'
import type { Spend } from '../../src/core/spend.ts'
import type { Bench } from '../../src/ports/desk.ts'
import type { Journal } from '../../src/ports/journal.ts'
import type { Log } from '../../src/ports/log.ts'
import { SILENT } from '../../src/ports/progress.ts'
import type { Commands } from '../../src/ports/proof.ts'
import type { ToolHosts } from '../../src/ports/tools.ts'
import type { Workspace, Workspaces } from '../../src/ports/workspace.ts'
import { createProver } from '../../src/proof/create-prover.ts'
import { createSource, REPO } from '../adapters/git/source-repository.ts'
import type { Source } from '../adapters/git/source-repository.ts'
import { agentsAt, FRUIT_SPEC, taskFor } from '../support/agent-bench.ts'
import { recordingLog } from '../support/recording-log.ts'
import { openSandboxFixture } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'
import { call, startScriptedModel, submit } from '../support/scripted-model.ts'
import type { ScriptedModel, TimedReply } from '../support/scripted-model.ts'

const COMMANDS: Commands = {
  // One file that git ignores, as dependencies are, and one that it does not, as a new lock file is.
  setup: 'mkdir -p deps && date +%N > deps/stamp && date +%N > lock.txt',
  test: 'true',
  lint: undefined,
  report: 'none',
  setupHosts: [],
  timeoutSeconds: 60,
  origin: 'test',
}

const bash = (command: string, id: string) => ({ content: [call('bash', { command }, id)] })
const TURNS: readonly TimedReply[] = [
  { content: [call('edit', { file_path: 'lib/add.js', old_string: '-', new_string: '+' }, 't1')] },
  bash(
    'cd lib && export WHO=coder && printf "new\\n" > new.js && rm ../old.txt && ln -s new.js link.js',
    't2',
  ),
  { content: [call('read', { file_path: 'lib/new.js' }, 't3')] },
  submit({ name: 'apple', count: 1 }),
  bash('pwd; chmod +x "$(git rev-parse --show-toplevel)/lib/add.js"', 't5'),
  { content: [call('write', { file_path: 'lib/last.js', content: 'last\n' }, 't6')] },
  submit({ name: 'pear', count: 2 }),
]

let fixture: SandboxFixture
let source: Source
let workspaces: Workspaces
let toolHosts: ToolHosts
const models: ScriptedModel[] = []

beforeAll(async () => {
  fixture = await openSandboxFixture()
  source = createSource()
  source.commit({
    'lib/add.js': 'module.exports = (a, b) => a - b\n',
    'old.txt': 'old\n',
    '.gitignore': 'deps/\n',
  })
  const { sandbox, owner, stateRoot } = fixture
  workspaces = createWorkspaces({ root: stateRoot, remote: source.remote, sandbox, owner })
  await prepareStateFolder(stateRoot)
  const folder = await mkdtemp(join(tmpdir(), 'mw-build-'))
  await buildToolHost(join(folder, 'tool-host.mjs'))
  toolHosts = createToolHosts({
    sandbox,
    bundle: await keepCopy(stateRoot, join(folder, 'tool-host.mjs')),
    node: await keepCopy(stateRoot, process.execPath),
  })
  await rm(folder, { recursive: true })
})
afterAll(async () => {
  await Promise.all(models.map((model) => model.close()))
  await fixture.close()
  await rm(source.folder, { recursive: true, force: true })
})

interface Ended {
  /** Of what was taken after each answer. */
  readonly trees: readonly string[]
  readonly commits: readonly string[]
  readonly spent: Spend
}

/** What the stage does with a coder: an answer, a look at its files, one more message, another look. */
async function work(
  { model, journal, run, log }: { model: ScriptedModel; journal: Journal; run: string; log: Log },
  { signal, workspace, base }: { signal: AbortSignal; workspace: Workspace; base: string },
): Promise<Ended> {
  const meter = createMeter({ usd: 10, turns: 100 })
  const { agents } = agentsAt(model.url, { journal, run, log })
  const proof = { workspace, base, commands: COMMANDS, signal, progress: SILENT }
  const request = { commit: base, purpose: 'coding', allowed: FRUIT_SPEC.allowed, dependencies: true }
  const atBench = async ({ tools, take }: Bench): Promise<Ended> => {
    const talk = agents.begin(FRUIT_SPEC, taskFor({ tools, meter, signal }))
    const commits: string[] = []
    for (const message of [undefined, 'Once more.']) {
      expect(await talk.ask(message)).toMatchObject({ ok: true })
      commits.push(await take('Change'))
      // The factory puts a file of its own back, as it does with locked tests.
      await tools.call('write', { file_path: 'locked.txt', content: 'locked\n' }, signal)
    }
    const trees = await Promise.all(commits.map((commit) => workspace.tree(commit)))
    return { trees, commits, spent: meter.spent() }
  }
  // As another worker would have: its dependencies are installed anew.
  const prover = createProver({ sandbox: fixture.sandbox, log: recordingLog() })
  try {
    return await withBench({ prover, toolHosts }, { proof, request, run }, atBench)
  } finally {
    await prover.close()
  }
}

let made = 0

/** Where it is gone on with after a death. */
type Move = (workspace: Workspace, run: string) => Promise<Workspace>

/** Runs the whole story; the worker dies when the model is asked for a turn that `dies` names, and another takes over. */
async function story(dies: readonly number[], journal = createMemoryJournal(), move?: Move) {
  const { workspace: first, commit: base } = await workspaces.sync(REPO, 'main')
  let workspace = first
  const run = `resumed${(made += 1)}00`
  const killing = [...dies]
  const log = recordingLog()
  let stop = new AbortController()
  const model = await startScriptedModel(async (request) => {
    const turn = Number(request.headers['x-millwright-turn'])
    if (killing[0] === turn) {
      killing.shift()
      stop.abort(new Error('the worker is gone'))
      return { hang: true }
    }
    return TURNS[turn - 1]
  })
  models.push(model)
  let deaths = 0
  for (;;) {
    stop = new AbortController()
    try {
      const ended = await work({ model, journal, run, log }, { signal: stop.signal, workspace, base })
      const turns = model.asked.map(({ headers }) => Number(headers['x-millwright-turn']))
      const ranAgain = log.lines.some(({ event }) => event === 'tools_run_again')
      return { ...ended, turns, deaths, workspace, ranAgain, asked: model.asked }
    } catch (error) {
      expect(error).toEqual(new Error('the worker is gone'))
      deaths += 1
      if (move) workspace = await move(workspace, run)
    }
  }
}

describe('a coder whose worker dies', () => {
  it('between two turns ends with the same tree, and every reply was asked for once', async () => {
    const whole = await story([])
    expect(whole.turns).toEqual([1, 2, 3, 4, 5, 6, 7])
    const last = await whole.workspace.files(whole.commits[1] ?? '')
    expect(last.map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      '100644 .gitignore',
      '100755 lib/add.js',
      '100644 lib/last.js',
      '120000 lib/link.js',
      '100644 lib/new.js',
      '100644 locked.txt',
    ])

    const cut = await story([2, 4, 6])
    expect(cut.deaths).toBe(3)
    // The turns in which the worker died never got a reply.
    expect(cut.turns).toEqual([1, 2, 2, 3, 4, 4, 5, 6, 6, 7])
    expect(cut.trees).toEqual(whole.trees)
    expect(cut.spent.usd).toBe(whole.spent.usd)
  })

  it('before a command that needs its old shell is told that the shell is new', async () => {
    const cut = await story([5])
    const heard = (asked: typeof cut.asked): unknown => asked.at(-2)?.body.messages.at(-1)?.content
    const whole = await story([])
    expect(heard(whole.asked)).toMatchObject([{ content: '/repo/lib' }])
    const note =
      '[the machine was changed: this is a new shell in the repository root. Files are kept, but not those that git ignores and not those in /tmp; variables and background processes are gone]'
    expect(heard(cut.asked)).toMatchObject([{ content: `${note}\n/repo` }])
    expect(cut.trees).toEqual(whole.trees)
  })

  it('on another machine, with the snapshots of the one that shut down, runs nothing again', async () => {
    const whole = await story([])
    const { sandbox, owner, root } = fixture
    const elsewhere = createWorkspaces({
      root: join(root, 'elsewhere'),
      remote: source.remote,
      sandbox,
      owner,
    })
    // The turn in which it was told to stop was never answered; the ones before it were kept as they ended.
    const cut = await story([4], createMemoryJournal(), async (workspace, run) => {
      await workspace.share(run)
      const there = await elsewhere.open(REPO)
      expect(await there.fetchShared(run)).toBe(true)
      return there
    })
    expect(cut.workspace).not.toBe(whole.workspace)
    expect(cut.turns).toEqual([1, 2, 3, 4, 4, 5, 6, 7])
    expect(cut.trees).toEqual(whole.trees)
    expect(cut.ranAgain).toBe(false)
  })

  it('on another machine, without its snapshots, runs the tools again and asks for no reply twice', async () => {
    const journal = createMemoryJournal()
    const blind: Journal = {
      ...journal,
      read: async (run, effect) => {
        const { calls, before } = await journal.read(run, effect)
        const gone = { start: 'e'.repeat(40), end: 'f'.repeat(40) }
        return { before, calls: calls.map((stored) => ({ ...stored, ...(stored.files && { files: gone }) })) }
      },
    }
    const whole = await story([])
    const cut = await story([4], blind)
    expect(cut.turns).toEqual([1, 2, 3, 4, 4, 5, 6, 7])
    expect(cut.ranAgain).toBe(true)
    expect(cut.trees).toEqual(whole.trees)
  })
})
