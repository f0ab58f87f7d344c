// A pull request as a look finds it: every call is noted, and what is scripted can change between two looks.
import type { MergeDecision } from '../../../src/core/merge-decision.ts'
import type { Position, RunState } from '../../../src/core/state.ts'
import type { Curb } from '../../../src/ports/curb.ts'
import type {
  BaseRules,
  CheckRun,
  ForeignCheck,
  Permission,
  PullDetail,
  Remark,
} from '../../../src/ports/forge.ts'
import type { LookContext, Sighting } from '../../../src/ports/look.ts'
import { createLook } from '../../../src/stages/integrating/look.ts'
import { positions } from './positions.ts'
import { signer, stageWorld } from './stage-world.ts'
import type { StageWorld } from './stage-world.ts'

interface Scene {
  pull: PullDetail | undefined
  issue: { state: 'open' | 'closed'; labels: string[] }
  remarks: Remark[]
  /** By commit. */
  checks: Record<string, ForeignCheck[]>
  rules: BaseRules | undefined
  /** By login; anybody else may read. */
  permissions: Record<string, Permission>
  /** Where the base branch is. */
  base: string
  /** What curbs the run by now. */
  curb?: Curb
  /** Markers of answers that are there already. */
  answered: Set<string>
}

export interface Stage {
  readonly world: StageWorld
  readonly at: Extract<Position, { stage: 'integrating' }>
  readonly scene: Scene
  /** Names of the calls since the last look began. */
  readonly calls: string[]
  readonly answers: { id: number; kind: string; body: string }[]
  readonly reported: CheckRun[]
  look(more?: Partial<Extract<Position, { stage: 'integrating' }>>): Promise<Sighting | undefined>
  readonly signal: AbortController
}

export const green: ForeignCheck = { name: 'ci', state: 'passed', url: null, text: '' }

export function remark(id: number, more: Partial<Remark> = {}): Remark {
  return {
    id,
    kind: 'thread',
    author: { id: 7, login: 'grace' },
    byBot: false,
    ours: false,
    body: 'Please say what it does.',
    path: 'lib/add.js',
    line: 1,
    url: `https://forge.example/acme/calc/pull/13#r${id}`,
    createdAt: '2026-01-02T04:00:00Z',
    verdict: 'commented',
    settled: false,
    ...more,
  }
}

/** Published, green, and nobody said anything; `at.decision` is what the gate says of exactly that. */
export async function quietStage(trust = 2, run: Partial<RunState> = {}): Promise<Stage> {
  const world = stageWorld()
  const { integrating } = await positions(world, trust)
  const { head } = integrating.pull
  const scene: Scene = {
    pull: {
      number: 13,
      url: integrating.pull.url,
      head,
      branch: integrating.pull.branch,
      draft: true,
      state: 'open',
      merged: false,
      ours: true,
      mergeable: true,
      mergeCommit: null,
      closedBy: null,
      base: { branch: 'main', commit: world.base },
    },
    issue: { state: 'open', labels: ['millwright'] },
    remarks: [],
    checks: { [head]: [green] },
    rules: undefined,
    permissions: { grace: 'write', linus: 'admin', eve: 'read' },
    base: world.base,
    answered: new Set(),
  }
  const calls: string[] = []
  const answers: Stage['answers'] = []
  const reported: CheckRun[] = []
  const signal = new AbortController()
  const noted = <T>(name: string, value: T): T => {
    calls.push(name)
    return value
  }
  const look = createLook({
    issues: {
      issue: async (ref) =>
        noted('issue', {
          ref,
          title: '',
          body: '',
          locked: false,
          author: null,
          url: '',
          ...scene.issue,
        }),
      permission: async (_repo, { login }) =>
        noted(`permission ${login}`, scene.permissions[login] ?? ('read' as const)),
    },
    pulls: {
      pull: async () => noted('pull', scene.pull),
      remarks: async () => noted('remarks', scene.remarks),
      answer: async (_repo, _pull, { remark: { id, kind }, body, marker }) => {
        if (!body.includes(marker)) throw new Error('a marker must be part of its body')
        if (scene.answered.has(marker)) return noted('answer', 'already_there')
        scene.answered.add(marker)
        answers.push({ id, kind, body })
        return noted('answer', 'posted')
      },
      checks: async (_repo, commit) => noted('checks', scene.checks[commit] ?? []),
      baseRules: async () => noted('baseRules', scene.rules),
      branchHead: async () => noted('branchHead', scene.base),
      checkRun: async (_repo, check) => {
        noted('checkRun', undefined)
        reported.push(check)
      },
    },
    workspaces: {
      sync: async () => noted('sync', { workspace: world.workspace, commit: scene.base }),
    },
    gate: world.gate,
    findCurb: async () => scene.curb,
    signer,
    repoUrl: () => 'https://forge.example/acme/calc',
  })
  let at: Stage['at'] = integrating
  const start = (): Promise<Sighting | undefined> => {
    const context: LookContext = {
      run: { ...world.context(at).run, ...run },
      signal: signal.signal,
      progress: { step: () => {}, note: () => {} },
    }
    calls.length = 0
    return look(context)
  }
  const seen = await start()
  const decision: MergeDecision = seen?.kind === 'merge_decided' ? seen.decision : at.decision
  at = { ...at, decision }
  reported.length = 0
  return {
    world,
    scene,
    calls,
    answers,
    reported,
    signal,
    get at() {
      return at
    },
    look: (more = {}) => {
      at = { ...at, ...more }
      return start()
    },
  }
}
