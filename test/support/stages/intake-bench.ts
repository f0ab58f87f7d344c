// Intake over one issue of a small repository, with a forge that answers as a test says and counts what it is asked.
import { issueText } from '../../../src/core/issue-hash.ts'
import type { AskedText, RunState, Visit } from '../../../src/core/state.ts'
import type { TaskSpec } from '../../../src/core/task-spec.ts'
import type { Blocker, Comment, Issue, OpenWork, Permission, Repository } from '../../../src/ports/forge.ts'
import type { Baseline } from '../../../src/ports/proof.ts'
import type { PastRun, Store } from '../../../src/ports/store.ts'
import { createIntake } from '../../../src/stages/intake/intake.ts'
import type { IntakeAnswer } from '../../../src/stages/intake/normaliser/normaliser.ts'
import { prompt, signer, stageWorld } from './stage-world.ts'
import type { WorldScript } from './stage-world.ts'

export const REPO = { id: 7, owner: 'acme', name: 'calc' }
const AUTHOR = { id: 5, login: 'bob' }
export const ISSUE: Issue = {
  ref: { repo: REPO, number: 12 },
  title: 'add subtracts',
  body: '`add(1, 2)` gives -1.',
  state: 'open',
  locked: false,
  author: AUTHOR,
  labels: ['bug', 'millwright'],
  url: 'https://forge.example/acme/calc/issues/12',
}
const REPOSITORY: Repository = {
  ref: REPO,
  defaultBranch: 'main',
  archived: false,
  empty: false,
  private: false,
  size: 10,
}
export const GREEN: Baseline = { kind: 'green', passed: 1, failed: [], readable: true, detail: '' }

export const READ: IntakeAnswer = {
  problem: '`add(1, 2)` gives `-1`: it subtracts.',
  wanted: '`add(1, 2)` gives `3`.',
  kind: 'bug',
  hints: ['add'],
  links: [],
  assumptions: [],
  duplicates: [],
  questions: [],
}

export interface Given {
  readonly issue?: Partial<Issue>
  readonly repository?: Partial<Repository>
  readonly permission?: (login: string) => Permission
  readonly comments?: Comment[]
  /** Undefined: as the issue is now. */
  readonly asked?: AskedText | null
  readonly run?: Partial<RunState>
  readonly world?: WorldScript
  readonly pastRuns?: PastRun[]
  readonly blockers?: Blocker[]
  readonly openWork?: OpenWork[]
  /** The intake agent's answers, one conversation each. */
  readonly answers?: Partial<IntakeAnswer>[]
}

/** A wait for an answer that is over; questions were asked at that minute. */
export function askedAt(minute: string): Visit {
  const started_at = `2026-01-02T${minute}:30Z`
  return { stage: 'needs_info', started_at, ended_at: '2026-01-02T23:00:00Z', usd: 0, turns: 0 }
}

export function comment(body: string, more: Partial<Comment> = {}): Comment {
  const at = '2026-01-02T03:30:00Z'
  const who = { author: AUTHOR, ours: false, viaApp: false }
  return { id: 1, body, ...who, createdAt: at, updatedAt: at, url: '', ...more }
}

export function askedText(title: string, body: string): AskedText {
  return { title, body, author: AUTHOR, hash: signer.hash(issueText({ title, body })) }
}

export function intakeBench(given: Given = {}) {
  const answers = given.answers ?? [{}]
  const intake = answers.map((answer) => [{ result: { ...READ, ...answer } }])
  const world = stageWorld({ agents: { intake }, prover: { baseline: GREEN }, ...given.world })
  const requests: string[] = []
  const good = new Map<number, string>()
  const count = <T>(name: string, answer: T): T => {
    requests.push(name)
    return answer
  }
  const issue = { ...ISSUE, ...given.issue }
  const store: Pick<Store, 'pastRuns' | 'goodConfig' | 'saveGoodConfig'> = {
    pastRuns: async () => given.pastRuns ?? [],
    goodConfig: async (repo) => good.get(repo),
    saveGoodConfig: async (repo, commit) => void good.set(repo, commit),
  }
  const stage = createIntake({
    issues: {
      issue: async () => count('issue', issue),
      repository: async () => count('repository', { ...REPOSITORY, ...given.repository }),
      permission: async (_repo, { login }) =>
        count(`permission of ${login}`, given.permission?.(login) ?? 'write'),
      comments: async () => count('comments', given.comments ?? []),
      blockers: async () => count('blockers', given.blockers ?? []),
      openWork: async () => count('open work', given.openWork ?? []),
    },
    workspaces: {
      sync: async (_repo, branch) =>
        count(`fetch ${branch}`, { workspace: world.workspace, commit: world.base }),
    },
    desks: world.desks,
    prover: world.prover,
    signer,
    store,
    clock: { now: () => '2026-11-20T10:00:00Z' },
    prompts: { intake: prompt('intake/normaliser/prompt.md') },
  })
  const asked = given.asked === undefined ? askedText(issue.title, issue.body) : given.asked
  return {
    world,
    /** In order: what GitHub and git were asked. */
    requests,
    good,
    run: (more: Partial<RunState> = {}) =>
      stage(world.context({ stage: 'intake', asked }, { ...given.run, ...more })),
  }
}

export async function taskOf(given: Given): Promise<TaskSpec> {
  const result = await intakeBench(given).run()
  if (result.kind !== 'intake_accepted') throw new Error(JSON.stringify(result))
  return result.task
}
