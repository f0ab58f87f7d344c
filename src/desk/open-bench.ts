/** The bench: a checkout and its tool host for one agent, taken down again whatever happens. */
import type { ObjectId } from '../core/ids.ts'
import type { Bench, BenchRequest } from '../ports/desk.ts'
import type { ProofContext, Prover } from '../ports/proof.ts'
import type { ToolHost, ToolHosts } from '../ports/tools.ts'
import type { Checkout, Workspace } from '../ports/workspace.ts'
import { BenchFiles } from './bench-files.ts'

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

/** The host's tools, on files that can be kept and put back where the role may write at all. */
function toolsOn(host: ToolHost, files: BenchFiles, { allowed }: BenchRequest): ToolHost {
  if (!allowed.includes('write') && !allowed.includes('edit')) return host
  return {
    call: async (tool, input, signal) => {
      await files.settle()
      return host.call(tool, input, signal)
    },
    close: () => host.close(),
    files,
  }
}

/** `work` has the bench to itself; the host is gone before the checkout is, so that nothing writes into thin air. */
export async function withBench<T>(
  deps: BenchDeps,
  subject: { proof: ProofContext; request: BenchRequest; run: string },
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { proof, request, run } = subject
  const { workspace, signal, progress } = proof
  const { commit, purpose, allowed } = request
  progress.step(`checking out for ${purpose}`)
  const checkout = request.dependencies
    ? await deps.prover.prepare(proof, commit, purpose)
    : await workspace.checkout(commit, purpose)
  try {
    const start = await startOf(workspace, checkout, request)
    const files = new BenchFiles({ workspace, checkout, run, start })
    const host = await deps.toolHosts.open(checkout, { allowed, signal })
    try {
      const take = async (message: string): Promise<ObjectId> => {
        const end = await files.snapshot(message)
        return takeFrom(workspace, { commit, start: files.start, end })
      }
      return await work({ tools: toolsOn(host, files, request), take })
    } finally {
      await host.close()
    }
  } finally {
    await workspace.discard(checkout)
  }
}
