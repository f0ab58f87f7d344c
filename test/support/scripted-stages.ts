/**
 * Stand-ins for the stages: at once, without a model or a sandbox, and with the events that the real ones give. What
 * reads or writes the forge is the real thing: the checks of intake, all of publishing, and the look.
 */
import { createHash } from 'node:crypto'
import { DEFAULT_CONFIG } from '../../src/core/config.ts'
import type { StageOutcome } from '../../src/core/event.ts'
import type { ObjectId, RepoRef } from '../../src/core/ids.ts'
import type { RunState } from '../../src/core/state.ts'
import { createTrustGate } from '../../src/desk/create-trust-gate.ts'
import type { WorkKind } from '../../src/core/effect.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Forge } from '../../src/ports/forge.ts'
import type { BareRepository } from '../../src/ports/git-host.ts'
import type { Look } from '../../src/ports/look.ts'
import type { Signer } from '../../src/ports/signer.ts'
import type { StageContext, StageRunner } from '../../src/ports/stage.ts'
import type { FileDiff, Workspace, Workspaces } from '../../src/ports/workspace.ts'
import { createLook } from '../../src/stages/integrating/look.ts'
import { checkRequest } from '../../src/stages/intake/check-request.ts'
import { findAnswers } from '../../src/stages/intake/find-answers.ts'
import { createPublishing } from '../../src/stages/publishing/publishing.ts'
import { EVIDENCE, FORWARD, PLAN, POLICY, VERDICT } from './states.ts'

/** What an issue's text says of the way that its run takes. */
export const FLAVOURS = {
  plain: 'Keep all of it.',
  asks: 'Keep most of it. (asks)',
  plan_gate: 'Keep all of it. (plan gate)',
  publish_gate: 'Keep all of it. (publish gate)',
} as const
export type Flavour = keyof typeof FLAVOURS

export interface ScriptedParts {
  readonly forge: Forge
  readonly signer: Signer
  readonly clock: Clock
  readonly webUrl: string
  /** The forge's own repository, which stands for our clone of it. */
  readonly git: (repo: RepoRef) => BareRepository
}

function planOf(run: RunState): typeof PLAN {
  const path = `file-${run.issue.number}.txt`
  return {
    ...PLAN,
    title: `Do number ${run.issue.number}`,
    files: [{ path, change: 'add', why: 'it is asked for' }],
  }
}

/** What `/mill approve` has to name. */
function planHashOf(signer: Signer, run: RunState): string {
  return signer.hash(JSON.stringify(planOf(run)))
}

export function scriptedStages(parts: ScriptedParts): {
  stages: Record<WorkKind, StageRunner>
  look: Look
} {
  const { forge, signer, clock, webUrl } = parts
  const repoUrl = ({ owner, name }: RepoRef): string => `${webUrl}/${owner}/${name}`
  const workspaces = {
    open: async (repo: RepoRef) => cloneOf(parts.git(repo)),
    ...syncing(parts),
  } as Workspaces
  const config = async () => ({ ok: true, config: DEFAULT_CONFIG }) as never
  const gate = createTrustGate({ desks: { config }, workspaces })
  const { issues, pulls } = forge
  return {
    stages: {
      check_intake: (context) => intake(parts, context),
      make_plan: async ({ run }) => {
        const { quote } = FORWARD.specifying() as Extract<StageOutcome, { kind: 'plan_made' }>
        return { kind: 'plan_made', plan: planOf(run), quote, plan_hash: planHashOf(signer, run) }
      },
      write_tests: async () => FORWARD.coding(),
      write_code: (context) => code(parts, context),
      prove_change: async ({ run }) => prove(run),
      review_change: async () => ({ kind: 'change_reviewed', verdict: VERDICT }),
      publish_change: createPublishing({ issues, pulls, workspaces, gate, clock, repoUrl }),
    },
    look: createLook({ issues, pulls, workspaces, gate, signer, repoUrl, findCurb: async () => undefined }),
  }
}

async function intake({ forge, signer }: ScriptedParts, { run }: StageContext): Promise<StageOutcome> {
  if (run.at.stage !== 'intake') throw new Error(`intake was asked for at ${run.at.stage}`)
  const { text, author, repository } = await checkRequest({ issues: forge.issues, signer }, run, run.at.asked)
  const answers = await findAnswers(forge.issues, run, author)
  if (text.body.includes('(asks)') && answers.length === 0)
    return { kind: 'facts_missing', questions: ['Which part of it?'] }
  const branch = repository.defaultBranch
  const commit = await forge.pulls.branchHead(run.issue.repo, branch)
  if (commit === undefined) throw new Error(`${branch} is not there`)
  const accepted = FORWARD.planning() as Extract<StageOutcome, { kind: 'intake_accepted' }>
  const { title, body, hash } = text
  const policy = {
    ...POLICY,
    plan_gate: body.includes('(plan gate)') ? 'human' : 'auto',
    publish_gate: body.includes('(publish gate)') ? 'human' : 'auto',
    max_rounds: 3,
    config_commit: commit,
  } as const
  return { ...accepted, task: { ...accepted.task, title, body, hash }, base: { branch, commit }, policy }
}

async function code({ git }: ScriptedParts, { run }: StageContext): Promise<StageOutcome> {
  const { at } = run
  if (at.stage !== 'coding') throw new Error(`code was asked for at ${at.stage}`)
  const repository = git(run.issue.repo)
  const parent = at.previous?.commit ?? at.spec.base.commit
  const content = `${at.spec.task.body}\nRound ${run.rounds}\n`
  const id = await repository.writeBlob(Buffer.from(content))
  const path = `file-${run.issue.number}.txt`
  const { tree: before } = await repository.readCommit(parent)
  const tree = await repository.writeTree(before, [{ path, mode: '100644', id }])
  const person = { name: 'mill', email: 'mill@example.com', date: run.entered_at }
  const commit = await repository.writeCommit({
    tree,
    parents: [parent],
    message: `Round ${run.rounds} of ${run.run}`,
    author: person,
    committer: person,
  })
  const answers = (at.feedback?.remarks ?? []).flatMap(({ kind, id: remark, heard }) =>
    kind === 'command' ? [] : [{ kind, id: remark, text: 'It is done.', done: true, heard }],
  )
  const diff_hash = createHash('sha256').update(content).digest('hex')
  const summary = 'It keeps all of it.'
  return { kind: 'code_written', change: { commit, tree, diff_hash, summary, not_done: [], answers } }
}

function prove({ at }: RunState): StageOutcome {
  if (at.stage !== 'verifying') throw new Error(`a proof was asked for at ${at.stage}`)
  const { commit: head, tree, diff_hash } = at.change
  const evidence = { ...EVIDENCE, base: at.spec.base.commit, head, tree, diff_hash }
  return {
    kind: 'proof_passed',
    evidence: { ...evidence, changed_files: at.plan.files.map(({ path }) => path) },
  }
}

function syncing({ git }: ScriptedParts): Pick<Workspaces, 'sync'> {
  return {
    async sync(repo, branch) {
      const repository = git(repo)
      const commit = await repository.ref(`refs/heads/${branch}`)
      if (commit === undefined) throw new Error(`${branch} is not there`)
      return { workspace: cloneOf(repository), commit }
    },
  }
}

/** What publishing and the trust gate ask of a clone. */
function cloneOf(repository: BareRepository): Workspace {
  const treeOf = async (commit: ObjectId): Promise<ObjectId> => (await repository.readCommit(commit)).tree
  const asked: Pick<Workspace, 'tree' | 'diff' | 'read'> = {
    tree: treeOf,
    async read(commit, path) {
      const entry = (await repository.readTree(await treeOf(commit), true)).find((one) => one.path === path)
      return entry && repository.readBlob(entry.id)
    },
    async diff(from, to) {
      const changes = await repository.diff(from, to)
      return changes.map(({ path, status, patch = '', additions, deletions }): FileDiff => {
        const [header = ''] = patch.split('\n')
        const whole = `--- a/${path}\n+++ b/${path}\n${patch}\n`
        return {
          path,
          previousPath: undefined,
          status: status === 'added' ? 'added' : status === 'removed' ? 'deleted' : 'modified',
          mode: '100644',
          binary: false,
          hunks: [{ line: 1, lines: additions + deletions, header, patch: whole }],
        }
      })
    },
  }
  return asked as Workspace
}
