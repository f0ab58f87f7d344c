// A forge that notes what publishing asks of it, and answers as it is told to.
import type {
  CheckRun,
  Comment,
  CommitOutcome,
  CommitRequest,
  PullOutcome,
  PullsForge,
} from '../../../src/ports/forge.ts'
import type { PublishingDeps } from '../../../src/stages/publishing/publication.ts'
import type { StageWorld } from './stage-world.ts'

export const HEAD = 'd'.repeat(40)
export const PULL = {
  number: 13,
  url: 'https://forge.example/acme/calc/pull/13',
  head: HEAD,
  branch: 'b',
  draft: true,
  state: 'open',
  merged: false,
  ours: true,
} as const

interface Seen {
  commits: CommitRequest[]
  pulls: { title: string; body: string; branch: string; base: string }[]
  described: [number, { title: string; body: string }][]
  reviews: Parameters<PullsForge['comment']>[2][]
  checks: CheckRun[]
  comments: string[]
}

interface Answers {
  commit?: CommitOutcome
  pull?: PullOutcome
  comments?: readonly Comment[]
}

export function forge(answers: Answers = {}): Pick<PublishingDeps, 'pulls' | 'issues'> & { seen: Seen } {
  const seen: Seen = { commits: [], pulls: [], described: [], reviews: [], checks: [], comments: [] }
  const pulls: PublishingDeps['pulls'] = {
    commit: async (_repo, request) => {
      seen.commits.push(request)
      return answers.commit ?? { kind: 'created', commit: HEAD, signed: true }
    },
    openDraft: async (_repo, request) => {
      seen.pulls.push(request)
      return answers.pull ?? { kind: 'opened', pull: PULL }
    },
    describe: async (_repo, number, text) => {
      seen.described.push([number, text])
    },
    comment: async (_repo, _number, review) => {
      seen.reviews.push(review)
    },
    checkRun: async (_repo, check) => {
      seen.checks.push(check)
    },
  }
  const issues: PublishingDeps['issues'] = {
    comments: async () => answers.comments ?? [],
    addComment: async (_issue, body) => {
      seen.comments.push(body)
      return comment(body)
    },
  }
  return { seen, pulls, issues }
}

export function comment(body: string, more: Partial<Comment> = {}): Comment {
  return {
    id: 900,
    body,
    author: { id: 1, login: 'mill[bot]' },
    viaApp: true,
    ours: true,
    createdAt: '2026-01-02T03:10:00Z',
    updatedAt: '2026-01-02T03:10:00Z',
    url: 'https://forge.example/acme/calc/issues/12#issuecomment-900',
    ...more,
  }
}

/** `synced`: where the run's branch is at the forge. */
export function depsOf(
  world: StageWorld,
  { pulls, issues }: ReturnType<typeof forge>,
  synced: () => string = () => HEAD,
): PublishingDeps {
  const { workspace, gate } = world
  return {
    pulls,
    issues,
    gate,
    workspaces: {
      open: async () => workspace,
      sync: async (_repo, branch) => {
        if (branch === 'main') throw new Error('publishing takes no base in')
        return { workspace, commit: synced() }
      },
      sweepLeftovers: async () => 0,
    },
    clock: { now: () => '2026-01-02T03:10:00Z' },
    repoUrl: (repo) => `https://forge.example/${repo.owner}/${repo.name}`,
  }
}
