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
import type { CommitRequest, IssuesForge, PullsForge } from '../../src/ports/forge.ts'
import type { StageRunner } from '../../src/ports/stage.ts'
import type { ToolHosts } from '../../src/ports/tools.ts'
import type { Workspaces } from '../../src/ports/workspace.ts'
import { createProver } from '../../src/proof/create-prover.ts'
import type { ClosableProver } from '../../src/proof/create-prover.ts'
import { isProtected, isTestFile } from '../../src/proof/rules/paths.ts'
import { createCoding } from '../../src/stages/coding/coding.ts'
import { createIntake } from '../../src/stages/intake/intake.ts'
import { createPlanning } from '../../src/stages/planning/planning.ts'
import { createPublishing } from '../../src/stages/publishing/publishing.ts'
import { createReviewing } from '../../src/stages/reviewing/reviewing.ts'
import { createSpecifying } from '../../src/stages/specifying/specifying.ts'
import { createVerifying } from '../../src/stages/verifying/verifying.ts'
import { createSource, REPO } from '../adapters/git/source-repository.ts'
import type { Source } from '../adapters/git/source-repository.ts'
import { openSandboxFixture } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'
import { PLAN } from '../support/stages/positions.ts'
import type { Scripted } from '../support/stages/scripted-agents.ts'
import { scriptedAgents } from '../support/stages/scripted-agents.ts'
import { signer } from '../support/stages/stage-world.ts'

const HEAD = "const { test } = require('node:test')\nconst assert = require('node:assert')\n"
const USE = "const add = require('../lib/add.js')\n"
const SUM = `${HEAD}${USE}test('adds', () => assert.strictEqual(add(1, 2), 3))\ntest('adds texts', () => assert.strictEqual(add('1', 2), '12'))\n`
const NAMES = ['adds', 'adds texts']
const FORGED = 'd'.repeat(40)

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

const issues: Pick<IssuesForge, 'issue' | 'permission' | 'repository' | 'comments'> = {
  issue: async (ref) => ({
    ref,
    title: 'add subtracts',
    body: '`add(1, 2)` gives -1, see lib/add.js',
    state: 'open',
    locked: false,
    author: null,
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
}

function line(agents: ReturnType<typeof scriptedAgents>) {
  const commits: CommitRequest[] = []
  const pull = {
    number: 2,
    url: 'u',
    head: FORGED,
    branch: 'b',
    draft: true,
    state: 'open',
    merged: false,
    ours: true,
  }
  const pulls: PullsForge = {
    branchHead: async () => undefined,
    commit: async (_repo, request) => {
      commits.push(request)
      return { kind: 'created', commit: FORGED }
    },
    openDraft: async () => ({ kind: 'opened', pull: { ...pull, state: 'open' } }),
    comment: async () => {},
    checkRun: async () => {},
  }
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
    not_green: text('coding/coder/not-green'),
    refactor: text('coding/coder/refactor'),
  }
  const reviewing = {
    reviewer: text('reviewing/reviewer/prompt'),
    demonstrator: text('reviewing/demonstrator/prompt'),
  }
  const store = { pastRuns: async () => [] }
  const clock = { now: () => '2026-01-02T03:10:00Z' }
  const stages: Record<WorkKind, StageRunner> = {
    check_intake: createIntake({ issues, workspaces, desks, prover, signer, store, clock }),
    make_plan: createPlanning({ desks, store, signer, prompts: planning }),
    write_tests: createSpecifying({ desks, prover, signer, isTestPath: isTestFile, prompts: specifying }),
    write_code: createCoding({ desks, prover, signer, prompts: coding }),
    prove_change: createVerifying({ desks, prover }),
    review_change: createReviewing({ desks, prover, prompts: reviewing }),
    publish_change: createPublishing({
      pulls,
      workspaces,
      clock,
      repoUrl: () => 'https://forge.example/acme/thing',
    }),
  }
  return { stages, commits }
}

const START: RunState = {
  schema: 1,
  rev: 0,
  run: 'abcdef1234',
  issue: { repo: REPO, number: 12 },
  requester: { id: 42, login: 'ada' },
  label: 'millwright',
  source: 'recorded',
  started_at: '2026-01-02T03:00:00Z',
  entered_at: '2026-01-02T03:00:00Z',
  spent: NO_SPEND,
  continuity: NO_CONTINUITY,
  rounds: 0,
  seen: [],
  visits: [],
  pending: [{ id: 'abcdef1234.0.0', kind: 'check_intake' }],
  at: { stage: 'intake' },
}

/** Runs effect after effect through the real reducer until nothing is asked for any more. */
async function follow(
  stages: Record<WorkKind, StageRunner>,
): Promise<{ state: RunState; results: WorkResult[] }> {
  let state = START
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

describe('the line', () => {
  it('takes an issue to a draft, past a red attempt, a demonstrated finding and a second round', async () => {
    const agents = scriptedAgents({
      architect: [[{ result: { outcome: 'plan', plan: PLAN } }]],
      plan_reviewer: [[{ result: accept }]],
      tester: [
        [
          writes(
            { 'test/sum.js': SUM },
            { tests: NAMES.map((name) => ({ criterion: 'C1', file: 'test/sum.js', name })) },
          ),
        ],
      ],
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
    const { stages, commits } = line(agents)
    const { state, results } = await follow(stages)

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
    expect(commits[0]?.tree).toBe(evidence.tree)
    expect(commits[0]?.files.map((file) => file.path)).toEqual(['lib/add.js', 'test/sum.js'])
    expect(agents.left()).toBe(0)
    // Every role had the same first bytes, and none of them had to be told the map again.
    const shared = agents.heard[0]?.dossier ?? []
    for (const talk of agents.heard) expect(talk.dossier.slice(0, shared.length)).toEqual(shared)
  }, 120_000)
})
