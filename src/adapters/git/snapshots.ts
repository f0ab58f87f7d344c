/** From a checkout back to a commit: listed inside a new sandbox, checked here, written into our own git directory. */
import { StageFailure } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { CommandResult, Limits, Sandbox } from '../../ports/sandbox.ts'
import type { Checkout } from '../../ports/workspace.ts'
import type { Mirror } from './mirror.ts'
import { readSnapshot } from './snapshot-frame.ts'
import type { SnapshotEntry } from './snapshot-frame.ts'
import { snapshotScript } from './snapshot-script.ts'
import type { SnapshotLimits } from './snapshot-script.ts'
import { editTree, writeBlobs } from './tree-edits.ts'

/** No person reviews more than this; what is larger is nearly always a build result. */
const SNAPSHOT_LIMITS: SnapshotLimits = { files: 2000, bytes: 20 * 1024 * 1024 }

/** Output: base64 is a third more than the bytes, plus 4200 bytes for each of the longest names. */
const SANDBOX_LIMITS: Limits = {
  seconds: 120,
  memoryMb: 1024,
  processes: 64,
  outputBytes: 40 * 1024 * 1024,
}

export async function takeSnapshot(
  { mirror, sandbox }: { mirror: Mirror; sandbox: Sandbox },
  checkout: Checkout,
  message: string,
): Promise<ObjectId> {
  const listed = await sandbox.run(snapshotScript(SNAPSHOT_LIMITS), {
    checkout: checkout.path,
    writable: false,
    allowHosts: [],
    limits: SANDBOX_LIMITS,
  })
  const entries = readSnapshot(outputOf(listed), SNAPSHOT_LIMITS)
  if (entries.length === 0) return checkout.commit
  const ids = await writeContents(mirror, entries)
  const edits = entries.map((entry, index) => ({ path: entry.path, mode: entry.mode, id: ids[index] }))
  return editTree(mirror, checkout.commit, { edits, message })
}

function outputOf(listed: CommandResult): string {
  if (listed.killed === 'timeout')
    throw new StageFailure('sandbox_timeout', 'Listing the changed files took more than two minutes.')
  if (listed.killed !== undefined || listed.code !== 0)
    throw new StageFailure(
      'internal',
      `Listing the changed files ended with ${listed.killed ?? `exit code ${listed.code}`}: ${listed.stderr.slice(-500)}`,
    )
  if (listed.cut.stdout > 0)
    throw new StageFailure(
      'unsupported_file',
      'The changed files are more than can be taken out of the sandbox.',
    )
  return listed.stdout
}

/** Ids in the order of the entries, undefined for deletions. An id other than claimed means that the listing lied. */
async function writeContents(
  mirror: Mirror,
  entries: readonly SnapshotEntry[],
): Promise<readonly (ObjectId | undefined)[]> {
  const contents = entries.flatMap((entry) => entry.content ?? [])
  const ids = [...(await writeBlobs(mirror, contents))]
  return entries.map((entry) => {
    if (entry.content === undefined) return undefined
    const id = ids.shift()
    if (id !== entry.id)
      throw new StageFailure(
        'internal',
        `${JSON.stringify(entry.path)} came out of the sandbox with other bytes.`,
      )
    return id
  })
}
