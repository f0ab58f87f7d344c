/** The bench: a checkout and its tool host for one agent, taken down again whatever happens. */
import type { ObjectId } from '../core/ids.ts'
import type { Bench, BenchRequest } from '../ports/desk.ts'
import type { ProofContext, Prover } from '../ports/proof.ts'
import type { ToolHosts } from '../ports/tools.ts'
import type { Checkout, Workspace } from '../ports/workspace.ts'

export interface BenchDeps {
  readonly prover: Pick<Prover, 'prepare'>
  readonly toolHosts: ToolHosts
}

/** What is there before the agent begins: the commit, or a commit with what setup left behind (a lock file, say). */
async function startOf(workspace: Workspace, checkout: Checkout, request: BenchRequest): Promise<ObjectId> {
  return request.dependencies ? workspace.snapshot(checkout, 'After setup') : request.commit
}

/** Only what changed since `start`, on top of `commit`: otherwise an agent would answer for what setup wrote. */
async function takeFrom(
  workspace: Workspace,
  trees: { commit: ObjectId; start: ObjectId; end: ObjectId },
): Promise<ObjectId> {
  const { commit, start, end } = trees
  if (start === end) return commit
  if (start === commit) return end
  const diff = await workspace.diff(start, end)
  const paths = diff.flatMap((file) =>
    file.previousPath === undefined || file.previousPath === file.path
      ? [file.path]
      : [file.previousPath, file.path],
  )
  return paths.length === 0 ? commit : workspace.graft(commit, end, paths)
}

/** `work` has the bench to itself; the host is gone before the checkout is, so that nothing writes into thin air. */
export async function withBench<T>(
  deps: BenchDeps,
  subject: { proof: ProofContext; request: BenchRequest },
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { proof, request } = subject
  const { workspace, signal, progress } = proof
  const { commit, purpose, allowed } = request
  progress.step(`checking out for ${purpose}`)
  const checkout = request.dependencies
    ? await deps.prover.prepare(proof, commit, purpose)
    : await workspace.checkout(commit, purpose)
  try {
    const start = await startOf(workspace, checkout, request)
    const tools = await deps.toolHosts.open(checkout, { allowed, signal })
    try {
      const take = async (message: string): Promise<ObjectId> => {
        const end = await workspace.snapshot(checkout, message)
        return takeFrom(workspace, { commit, start, end })
      }
      return await work({ tools, take })
    } finally {
      await tools.close()
    }
  } finally {
    await workspace.discard(checkout)
  }
}
