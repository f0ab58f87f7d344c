/** What is wrong with the files of a change that needs no test run to be seen. */
import type { ProofFailure } from '../../core/evidence.ts'
import type { ObjectId } from '../../core/ids.ts'
import { LARGEST_FILE } from '../../core/largest-file.ts'
import type { Feedback } from '../../core/state.ts'
import type { Desk } from '../../ports/desk.ts'
import { markedFiles } from './conflict-markers.ts'

interface Subject {
  readonly base: ObjectId
  readonly commit: ObjectId
  readonly feedback: Feedback | null
}

/** Protected files, half-done merges, and what publishing would refuse after everything was paid for. */
export async function unfitFiles(desk: Desk, { base, commit, feedback }: Subject): Promise<ProofFailure[]> {
  const diff = await desk.workspace.diff(base, commit)
  const paths = new Set(diff.flatMap((file) => [file.previousPath ?? file.path, file.path]))
  const guarded = [...paths].filter((path) => desk.isProtected(path))
  // Only after a merge: a change may well be about such markers.
  const marked = (feedback?.conflicts.length ?? 0) > 0 ? markedFiles(diff) : []
  const files = await desk.workspace.files(commit)
  const large = files.filter(({ path, size }) => size > LARGEST_FILE && paths.has(path))
  const limit = `A change may hold files of up to ${LARGEST_FILE / 1024 / 1024} MB; this one is larger. Take it out, or make it when the tests run.`
  return [
    ...failuresOf('protected_path', guarded, 'Put it back as it was.'),
    ...failuresOf('conflict_left', marked, 'Resolve every part between `<<<<<<<` and `>>>>>>>`.'),
    ...failuresOf(
      'file_too_large',
      large.map(({ path }) => path),
      limit,
    ),
  ]
}

function failuresOf(kind: ProofFailure['kind'], paths: readonly string[], detail: string): ProofFailure[] {
  return paths.map((subject) => ({ kind, subject, detail }))
}
