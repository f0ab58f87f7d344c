/** The stages in a row over real git, the real sandbox, tool host and prover; only the model and GitHub are scripted. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { buildToolHost } from '../../scripts/build-tool-host.ts'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { keepCopy, prepareStateFolder } from '../../src/adapters/sandbox/state-folder.ts'
import { createToolHosts } from '../../src/adapters/tool-host/create-tool-hosts.ts'
import { createMeter } from '../../src/agent/meter.ts'
import { loadPrompt } from '../../src/app/load-prompts.ts'
import { checkConfig } from '../../src/core/config.ts'
import type { WorkKind } from '../../src/core/effect.ts'
import type { WorkResult } from '../../src/core/event.ts'
import { reduce } from '../../src/core/reduce.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { RunState } from '../../src/core/state.ts'
import { createDesks } from '../../src/desk/create-desks.ts'
import { createTrustGate } from '../../src/desk/create-trust-gate.ts'
import type { IssuesForge } from '../../src/ports/forge.ts'
import type { Look } from '../../src/ports/look.ts'
import type { StageRunner } from '../../src/ports/stage.ts'
import type { ToolHosts } from '../../src/ports/tools.ts'
import type { Workspaces } from '../../src/ports/workspace.ts'
import { createProver } from '../../src/proof/create-prover.ts'
import type { ClosableProver } from '../../src/proof/create-prover.ts'
import { isProtected, isTestFile } from '../../src/core/paths.ts'
import { createCoding } from '../../src/stages/coding/coding.ts'
import { createIntake } from '../../src/stages/intake/intake.ts'
import { createLook } from '../../src/stages/integrating/look.ts'
import { createPlanning } from '../../src/stages/planning/planning.ts'
import { createPublishing } from '../../src/stages/publishing/publishing.ts'
import { createReviewing } from '../../src/stages/reviewing/reviewing.ts'
import { createSpecifying } from '../../src/stages/specifying/specifying.ts'
import { createVerifying } from '../../src/stages/verifying/verifying.ts'
import { createSource, REPO } from '../adapters/git/source-repository.ts'
import type { Source } from '../adapters/git/source-repository.ts'
import { openSandboxFixture } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'
import { READ } from '../support/stages/intake-bench.ts'
import { PLAN } from '../support/stages/positions.ts'
import type { Scripted } from '../support/stages/scripted-agents.ts'
import { scriptedAgents } from '../support/stages/scripted-agents.ts'
import { sourceForge } from '../support/stages/source-forge.ts'
import { signer } from '../support/stages/stage-world.ts'

const HEAD = "const { test } = require('node:test')\nconst assert = require('node:assert')\n"
const USE = "const add = require('../lib/add.js')\n"
const SUM = `${HEAD}${USE}test('adds', () => assert.strictEqual(add(1, 2), 3))\ntest('adds texts', () => assert.strictEqual(add('1', 2), '12'))\n`
const NAMES = ['adds', 'adds texts']

let fixture: SandboxFixture
let source: Source
let workspaces: Workspaces
let toolHosts: ToolHosts
let prover: ClosableProver

beforeAll(async () => {
  fixture = await openSandboxFixture()
  source = createSource()
  source.commit({
    'package.json': '{"name":"thing","private":true}\n',
    'lib/add.js': 'module.exports = (a, b) => a - b\n',
    'test/zero.js': `${HEAD}${USE}test('adds nothing', () => assert.strictEqual(add(0, 0), 0))\n`,
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
  prover = createProver({ sandbox, log: { info: () => {}, warn: () => {}, error: () => {} } })
})
afterAll(async () => {
  await prover.close()
  await fixture.close()
  await rm(source.folder, { recursive: true, force: true })
})

const writes =
  (files: Record<string, string>, result: unknown): Scripted =>
  async ({ write }) => {
    for (const [path, text] of Object.entries(files)) await write(path, text)
    return { result }
  }
const coded = { summary: 'add now adds.' }
const accept = { verdict: 'accept', problem_fit: 'Yes.', assumptions: [], smaller_way: null, notes: [] }
const finding = {
  severity: 'blocking',
  category: 'correctness',
  file: 'lib/add.js',
  line: 1,
  claim: 'Lists are joined as texts.',
  why: 'add([1], [2])',
}
const shows = (code: string): string =>
  `node -e "const add = require('./lib/add.js'); const got = add(${code}); console.log(Array.isArray(got) || typeof got === 'number' ? 'fine' : 'DEF' + 'ECT')"`

type Asked = 'issue' | 'permission' | 'repository' | 'comments' | 'addComment' | 'blockers' | 'openWork'

const issues: Pick<IssuesForge, Asked> = {
  issue: async (ref) => ({
    ref,
    title: 'add subtracts',
    body: '`add(1, 2)` gives -1, see lib/add.js',
    state: 'open',
    locked: false,
    author: { id: 42, login: 'ada' },
    labels: ['millwright'],
    url: '',
  }),
  permission: async () => 'write',
  repository: async (ref) => ({
    ref,
    defaultBranch: 'main',
    archived: false,
    empty: false,
    private: false,
    size: 1,
  }),
  comments: async () => [],
  addComment: async () => {
    throw new Error('nothing is proposed at level 2')
  },
  blockers: async () => [],
  openWork: async () => [],
}

function line(agents: ReturnType<typeof scriptedAgents>) {
  const forge = sourceForge(source)
  const { pulls } = forge
  const config = checkConfig({
    commands: { setup: 'true', test: 'node --test --test-reporter=tap test/*.js', report: 'tap' },
  })
  const desks = createDesks({
    agents: () => agents,
    workspaces,
    toolHosts,
    prover,
    configs: { read: () => config },
    signer,
    clock: { sleep: async () => {} },
    isProtected,
  })
  const text = (path: string): string => loadPrompt(`stages/${path}.md`)
  const planning = {
    architect: text('planning/architect/prompt'),
    plan_reviewer: text('planning/plan-reviewer/prompt'),
    plan_returned: text('planning/architect/returned'),
  }
  const specifying = { tester: text('specifying/tester/prompt'), not_red: text('specifying/tester/not-red') }
  const coding = {
    coder: text('coding/coder/prompt'),
    coder_returned: text('coding/coder/returned'),
    coder_reworked: text('coding/coder/reworked'),
    answers_missing: text('coding/coder/answers-missing'),
    not_green: text('coding/coder/not-green'),
    refactor: text('coding/coder/refactor'),
  }
  const reviewing = {
    reviewer: text('reviewing/reviewer/prompt'),
    demonstrator: text('reviewing/demonstrator/prompt'),
  }
  const store = {
    pastRuns: async () => [],
    goodConfig: async () => undefined,
    saveGoodConfig: async () => {},
  }
  const clock = { now: () => '2026-01-02T03:10:00Z' }
  const repoUrl = (): string => 'https://forge.example/acme/thing'
  const gate = createTrustGate({ desks, workspaces })
  const stages: Record<WorkKind, StageRunner> = {
    check_intake: createIntake({
      issues,
      workspaces,
      desks,
      prover,
      signer,
      store,
      clock,
      prompts: { intake: text('intake/normaliser/prompt') },
    }),
    make_plan: createPlanning({ desks, store, signer, prompts: planning }),
    write_tests: createSpecifying({ desks, prover, signer, isTestPath: isTestFile, prompts: specifying }),
    write_code: createCoding({ desks, prover, signer, prompts: coding }),
    prove_change: createVerifying({ desks, prover }),
    review_change: createReviewing({ desks, prover, prompts: reviewing }),
    publish_change: createPublishing({ issues, pulls, workspaces, gate, clock, repoUrl }),
  }
  const look = createLook({
    issues,
    pulls,
    workspaces,
    gate,
    signer,
    repoUrl,
    findCurb: async () => undefined,
  })
  return { stages, forge, look }
}

const ORIGINAL = { 'lib/add.js': 'module.exports = (a, b) => a - b\n', 'docs/notes.md': null }

/** A run of its own on the original files, also when a test is tried again: branches are named after runs. */
let runs = 0
function freshRun(): RunState {
  source.commit(ORIGINAL)
  runs += 1
  return { ...START, run: `abcdef${1234 + runs}` }
}

const START: RunState = {
  schema: 2,
  rev: 0,
  run: 'abcdef1234',
  issue: { repo: REPO, number: 12 },
  requester: { id: 42, login: 'ada' },
  label: 'millwright',
  labelled_by: 'person',
  source: 'recorded',
  started_at: '2026-01-02T03:00:00Z',
  entered_at: '2026-01-02T03:00:00Z',
  spent: NO_SPEND,
  continuity: NO_CONTINUITY,
  rounds: 0,
  hold: null,
  seen: [],
  visits: [],
  pending: [{ id: 'abcdef1234.0.0', kind: 'check_intake' }],
  waits: null,
  at: { stage: 'intake', asked: null },
}

/** Runs effect after effect through the real reducer until nothing is asked for any more. */
async function follow(
  stages: Record<WorkKind, StageRunner>,
  start: RunState,
): Promise<{ state: RunState; results: WorkResult[] }> {
  let state = start
  const results: WorkResult[] = []
  for (;;) {
    const [effect] = state.pending
    if (effect === undefined || effect.kind === 'cancel_work') return { state, results }
    const outcome = await stages[effect.kind]({
      run: state,
      effect,
      signal: new AbortController().signal,
      progress: { step: () => {}, note: () => {} },
      meter: createMeter({ usd: 10, turns: 100 }),
    })
    const at = '2026-01-02T03:01:00Z'
    const event: WorkResult = {
      ...outcome,
      at,
      attempt: effect.id,
      spent: NO_SPEND,
      continuity: NO_CONTINUITY,
    }
    results.push(event)
    const reduced = reduce(state, event)
    if (!reduced.ok) throw new Error(JSON.stringify(reduced.refusal))
    state = reduced.state
  }
}

/** One look at a published change, and what the reducer makes of it. */
async function looked(look: Look, state: RunState): Promise<{ kind: string | undefined; state: RunState }> {
  const signal = new AbortController().signal
  const seen = await look({ run: state, signal, progress: { step: () => {}, note: () => {} } })
  if (seen === undefined) return { kind: undefined, state }
  const reduced = reduce(state, { ...seen, at: '2026-01-02T03:20:00Z' })
  if (!reduced.ok) throw new Error(JSON.stringify(reduced.refusal))
  return { kind: seen.kind, state: reduced.state }
}

const tested = writes(
  { 'test/sum.js': SUM },
  { tests: NAMES.map((name) => ({ criterion: 'C1', file: 'test/sum.js', name })) },
)
const fine = { result: { summary: 'It adds.', findings: [], not_checked: [] } }

describe('the line', () => {
  it('takes an issue to a draft, past a red attempt, a demonstrated finding and a second round', async () => {
    const agents = scriptedAgents({
      intake: [[{ result: READ }]],
      architect: [[{ result: { outcome: 'plan', plan: PLAN } }]],
      plan_reviewer: [[{ result: accept }]],
      tester: [[tested]],
      coder: [
        [
          // Red in the clean room, with the locked test bent to hide it.
          writes(
            { 'lib/add.js': 'module.exports = (a, b) => a * b\n', 'test/sum.js': '' },
            { summary: 'First try.' },
          ),
          writes({ 'lib/add.js': 'module.exports = (a, b) => a + b\n' }, coded),
        ],
        [
          writes(
            { 'lib/add.js': 'module.exports = (a, b) => (Array.isArray(a) ? [...a, ...b] : a + b)\n' },
            coded,
          ),
        ],
      ],
      reviewer: [
        [{ result: { summary: 'It adds.', findings: [finding], not_checked: [] } }],
        [{ result: { summary: 'It adds lists, too.', findings: [], not_checked: [] } }],
      ],
      demonstrator: [
        [
          {
            result: {
              shown: true,
              reason: 'It gives a text.',
              demonstration: {
                kind: 'command',
                command: shows('[1], [2]'),
                expect: 'DEFECT',
                control: shows('1, 2'),
              },
            },
          },
        ],
      ],
    })
    const { stages, forge } = line(agents)
    const { state, results } = await follow(stages, freshRun())

    expect(results.map((result) => result.kind)).toEqual([
      'intake_accepted',
      'plan_made',
      'tests_written',
      'code_written',
      'proof_passed',
      'change_reviewed',
      'code_written',
      'proof_passed',
      'change_reviewed',
      'change_published',
    ])
    expect(state.at.stage).toBe('integrating')
    expect(state.rounds).toBe(1)
    if (state.at.stage !== 'integrating') return

    const [first, second] = agents.heard.filter((talk) => talk.role === 'coder')
    expect(first?.messages[1]).toContain('a criterion test fails')
    expect(first?.messages[1]).toContain('have been put back')
    expect(second?.prompt).toContain('Lists are joined as texts.')
    expect(second?.prompt).toContain('DEFECT')

    const { evidence, tests } = state.at
    expect(evidence.criteria.map((row) => [row.red, row.green, row.passed])).toEqual([
      ['assertion', true, 5],
      ['assertion', true, 5],
    ])
    expect(tests.files).toEqual([{ path: 'test/sum.js', sha256: signer.hash(SUM) }])
    expect(forge.commits[0]?.tree).toBe(evidence.tree)
    expect(forge.commits[0]?.files.map((file) => file.path)).toEqual(['lib/add.js', 'test/sum.js'])
    expect(agents.left()).toBe(0)
    // Every role had the same first bytes, and none of them had to be told the map again.
    const [, ...later] = agents.heard
    const shared = later[0]?.dossier ?? []
    expect(shared.join('\n')).toContain(`Problem: ${READ.problem}`)
    for (const talk of later) expect(talk.dossier.slice(0, shared.length)).toEqual(shared)
  }, 120_000)

  it('goes round again for a base that conflicts and for people, in one history that only grows', async () => {
    const question = {
      id: 5,
      kind: 'thread',
      author: { id: 7, login: 'grace' },
      byBot: false,
      ours: false,
      body: 'Why no check of types?',
      path: 'lib/add.js',
      line: 1,
      url: '',
      settled: false,
      createdAt: '2026-01-02T03:15:00Z',
      verdict: 'commented',
    } as const
    const agents = scriptedAgents({
      intake: [[{ result: READ }]],
      architect: [[{ result: { outcome: 'plan', plan: PLAN } }]],
      plan_reviewer: [[{ result: accept }]],
      tester: [[tested]],
      coder: [
        [writes({ 'lib/add.js': 'module.exports = (a, b) => a + b\n' }, coded)],
        [
          writes({ 'README.md': 'Adds.\n' }, { summary: 'Left as it is.' }),
          writes({ 'lib/add.js': "'use strict'\nmodule.exports = (a, b) => a + b\n" }, coded),
        ],
        [
          writes(
            {},
            { ...coded, answers: [{ remark: 'R1', done: false, text: 'The plan leaves types alone.' }] },
          ),
        ],
      ],
      reviewer: [[fine], [fine]],
    })
    const { stages, forge, look } = line(agents)
    let { state } = await follow(stages, freshRun())
    if (state.at.stage !== 'integrating') throw new Error(state.at.stage)
    const first = state.at.pull
    // The decision before anybody looked gives way to one that knows the pull request; then there is nothing to see.
    ;({ state } = await looked(look, state))
    expect((await looked(look, state)).kind).toBeUndefined()

    const moved = source.commit({
      'lib/add.js': "'use strict'\nmodule.exports = (a, b) => a - b\n",
      'docs/notes.md': 'New on the base.\n',
    })
    forge.mergeable = false
    const merging = await looked(look, state)
    expect([merging.kind, merging.state.at.stage]).toEqual(['base_taken_in', 'coding'])
    const again = await follow(stages, merging.state)
    state = again.state
    expect(again.results.map(({ kind }) => kind)).toEqual([
      'code_written',
      'proof_passed',
      'change_reviewed',
      'change_published',
    ])
    if (state.at.stage !== 'integrating') throw new Error(state.at.stage)
    forge.mergeable = true
    const second = state.at.pull
    expect(second).toEqual({ ...first, head: second.head, base: moved })
    const history = source.git('rev-list', '--parents', '-1', second.head)
    expect(history).toBe(`${second.head} ${first.head} ${moved}`)
    expect(source.git('diff', '--name-only', moved, second.head)).toBe('README.md\nlib/add.js\ntest/sum.js')
    expect(forge.commits[1]?.files.map(({ path }) => path)).toEqual([
      'README.md',
      'lib/add.js',
      'test/sum.js',
    ])
    const coders = agents.heard.filter(({ role }) => role === 'coder')
    expect(coders[1]?.prompt).toContain('Conflicts\n- lib/add.js\n')
    expect(coders[1]?.messages[1]).toContain('conflict markers are left in a file: lib/add.js')

    forge.remarks = [question]
    const asked = await looked(look, state)
    expect([asked.kind, asked.state.at.stage]).toEqual(['change_returned', 'coding'])
    const answered = await follow(stages, asked.state)
    expect(answered.results.map(({ kind }) => kind)).toEqual(['remarks_answered'])
    await looked(look, answered.state)
    expect(forge.answers).toEqual([
      { id: 5, body: expect.stringMatching(/^The plan leaves types alone\.\n\n<!-- millwright:answer:/) },
    ])
    expect(forge.commits).toHaveLength(2)
    expect(answered.state.rounds).toBe(2)
    expect(agents.left()).toBe(0)
  }, 120_000)
})
