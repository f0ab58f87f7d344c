/** Reading what the listing script printed. It comes from where an agent worked, so nothing about it is taken on trust. */
import { posix } from 'node:path'
import { StageFailure } from '../../core/errors.ts'
import { isGitFolder, nameProblem } from './entry-name.ts'
import type { SnapshotLimits } from './snapshot-script.ts'

/** One path that differs; without content it was deleted. `id` is what the script claims, to be compared with our own. */
export interface SnapshotEntry {
  readonly path: string
  readonly mode: string
  readonly content: Uint8Array | undefined
  readonly id: string
}

const FRAME = /^snapshot 1\n([A-Za-z0-9+/]*={0,2})\n([A-Za-z0-9+/]*={0,2})\nend\n$/
const RECORD = /^:(\d{6}) (\d{6}) [0-9a-f]{40} ([0-9a-f]{40}) [AMDT]$/
const BLOB = /^([0-9a-f]{40}) blob (\d{1,9})$/
const FILE_MODES = ['100644', '100755', '120000']
const ABSENT = '000000'

/** What the script printed, as checked entries. Throws StageFailure for whatever cannot be part of a change. */
export function readSnapshot(stdout: string, limits: SnapshotLimits): readonly SnapshotEntry[] {
  if (stdout.startsWith('refused ')) throw refusal(stdout, limits)
  const frame = FRAME.exec(stdout)
  if (!frame) throw broken('its output has another form')
  const records = readRecords(Buffer.from(frame[1] ?? '', 'base64'))
  if (records.length > limits.files) throw tooMany(records.length, limits)
  const blobs = readBlobs(Buffer.from(frame[2] ?? '', 'base64'))
  const entries = records.map((record) => {
    if (record.mode === ABSENT) return { ...record, content: undefined }
    const blob = blobs.shift()
    if (!blob || blob.id !== record.id) throw broken('contents and names do not belong together')
    return { ...record, content: blob.content }
  })
  if (blobs.length > 0) throw broken('it sent contents that belong to no name')
  const bytes = entries.reduce((sum, entry) => sum + (entry.content?.length ?? 0), 0)
  if (bytes > limits.bytes) throw tooLarge(bytes, limits)
  for (const entry of entries) checkEntry(entry)
  return entries
}

interface Record_ {
  readonly path: string
  readonly mode: string
  readonly id: string
}

function readRecords(raw: Buffer): readonly Record_[] {
  const fields = split(raw)
  if (fields.length % 2 !== 0) throw broken('a name is missing')
  const records: Record_[] = []
  for (let index = 0; index < fields.length; index += 2) {
    const record = RECORD.exec(fields[index]?.toString('latin1') ?? '')
    if (!record) throw broken('a record has another form')
    const path = decodePath(fields[index + 1] ?? Buffer.alloc(0))
    const [, oldMode = '', mode = '', id = ''] = record
    if (oldMode === '160000' || mode === '160000')
      throw unsupported(
        path,
        'is a submodule or a repository inside the repository; submodules cannot be changed',
      )
    if (mode !== ABSENT && !FILE_MODES.includes(mode)) throw broken(`mode ${mode}`)
    records.push({ path, mode, id })
  }
  if (new Set(records.map((record) => record.path)).size !== records.length)
    throw broken('a name comes twice')
  return records
}

function split(raw: Buffer): Buffer[] {
  if (raw.length === 0) return []
  if (raw.at(-1) !== 0) throw broken('the last name has no end')
  const fields: Buffer[] = []
  for (let at = 0; at < raw.length;) {
    const end = raw.indexOf(0, at)
    fields.push(raw.subarray(at, end))
    at = end + 1
  }
  return fields
}

function decodePath(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw unsupported(bytes.toString('latin1'), 'has a name that is not UTF-8', error)
  }
}

function readBlobs(stream: Buffer): { id: string; content: Buffer }[] {
  const blobs: { id: string; content: Buffer }[] = []
  for (let at = 0; at < stream.length;) {
    const line = stream.indexOf(0x0a, at)
    const head = BLOB.exec(line < 0 ? '' : stream.toString('latin1', at, line))
    if (!head) throw broken('a content has no header')
    const [, id = '', size = ''] = head
    const end = line + 1 + Number(size)
    if (stream[end] !== 0x0a) throw broken('a content is shorter or longer than it says')
    blobs.push({ id, content: stream.subarray(line + 1, end) })
    at = end + 1
  }
  return blobs
}

function checkEntry(entry: SnapshotEntry): void {
  const problem = nameProblem(entry.path)
  if (problem !== undefined) throw unsupported(entry.path, problem)
  if (entry.mode === '120000' && !staysInside(entry.path, entry.content ?? new Uint8Array()))
    throw unsupported(entry.path, 'is a symlink that points out of the repository')
}

/**
 * Only leading `..` parts count as known to be real folders: after a name, which may itself be a symlink, `..` leads
 * who knows where.
 */
function staysInside(path: string, target: Uint8Array): boolean {
  const parts = Buffer.from(target).toString('utf8').split('/')
  if (parts[0] === '' || parts.includes('\0')) return false
  const climbs = parts.findIndex((part) => part !== '..' && part !== '.')
  const rest = climbs < 0 ? [] : parts.slice(climbs)
  if (rest.includes('..') || rest.some(isGitFolder)) return false
  const depth = posix.dirname(path) === '.' ? 0 : posix.dirname(path).split('/').length
  return parts.filter((part) => part === '..').length <= depth
}

function refusal(stdout: string, limits: SnapshotLimits): StageFailure {
  const [why = '', figure = ''] = stdout.slice('refused '.length).trim().split(' ')
  const amount = /^\d{1,18}$/.test(figure) ? Number(figure) : 0
  if (why === 'too_many_files') return tooMany(amount, limits)
  if (why === 'too_many_bytes') return tooLarge(amount, limits)
  if (why === 'nested_repository')
    return new StageFailure(
      'unsupported_file',
      'A new folder holds a git repository of its own, which cannot become part of this one.',
    )
  if (why === 'unreadable_file')
    return new StageFailure(
      'unsupported_file',
      'A changed file cannot be read (its permissions, or it is no ordinary file).',
    )
  if (why === 'no_git')
    return new StageFailure(
      'sandbox_unavailable',
      'git is missing in the sandbox; install git on this machine.',
    )
  return broken(/^[a-z_]{1,40}$/.test(why) ? why : 'it refused for no known reason')
}

function tooMany(count: number, limits: SnapshotLimits): StageFailure {
  return new StageFailure(
    'unsupported_file',
    `The change has ${count} files that are new or differ, and at most ${limits.files} can be taken. Were build results or dependencies left that \`.gitignore\` does not name?`,
  )
}

function tooLarge(bytes: number, limits: SnapshotLimits): StageFailure {
  return new StageFailure(
    'unsupported_file',
    `The changed files hold ${bytes} bytes, and at most ${limits.bytes} can be taken. Were build results left that \`.gitignore\` does not name?`,
  )
}

function unsupported(path: string, why: string, cause?: unknown): StageFailure {
  return new StageFailure('unsupported_file', `${JSON.stringify(path)} ${why}.`, { cause })
}

function broken(why: string): StageFailure {
  return new StageFailure('internal', `The changed files could not be listed: ${why}.`)
}
