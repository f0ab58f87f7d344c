/** Objects of a bare repository: blobs, trees and commits, read and written through plumbing. */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectId } from '../../../core/ids.ts'
import type { BareRepository, GitCommit, GitPerson, GitTreeEntry } from '../../../ports/git-host.ts'
import { git } from '../git.ts'

type Objects = Pick<
  BareRepository,
  'type' | 'readBlob' | 'writeBlob' | 'readTree' | 'writeTree' | 'readCommit' | 'writeCommit'
>

const TYPES = ['blob', 'tree', 'commit', 'tag'] as const

export function bareObjects(dir: string): Objects {
  return {
    async type(id) {
      const { text } = await git(dir, ['cat-file', '--batch-check=%(objecttype)'], { input: `${id}\n` })
      return TYPES.find((type) => type === text)
    },
    readBlob: async (id) => (await git(dir, ['cat-file', 'blob', id])).stdout,
    writeBlob: async (content) =>
      (await git(dir, ['hash-object', '-w', '--stdin', '--no-filters'], { input: content })).text,
    readTree: (id, recursive) => readTree(dir, { id, recursive }),
    writeTree: (base, entries) => writeTree(dir, base, entries),
    readCommit: async (id) => parseCommit(id, (await git(dir, ['cat-file', 'commit', id])).stdout.toString()),
    writeCommit: (commit) => writeCommit(dir, commit),
  }
}

async function readTree(dir: string, what: { id: ObjectId; recursive: boolean }): Promise<GitTreeEntry[]> {
  // -t lists the folders too, as GitHub's recursive answer does.
  const args = ['ls-tree', '-z', '--long', '--full-tree', ...(what.recursive ? ['-r', '-t'] : []), what.id]
  const { text } = await git(dir, args)
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t')
      const [mode = '', type = '', id = '', size = '-'] = line.slice(0, tab).split(/ +/)
      return {
        path: line.slice(tab + 1),
        mode,
        type: type as GitTreeEntry['type'],
        id,
        size: size === '-' ? undefined : Number(size),
      }
    })
}

async function writeTree(
  dir: string,
  base: ObjectId | undefined,
  entries: Parameters<BareRepository['writeTree']>[1],
): Promise<ObjectId> {
  const index = join(dir, `index-${randomUUID()}`)
  const env = { GIT_INDEX_FILE: index }
  try {
    await git(dir, base ? ['read-tree', base] : ['read-tree', '--empty'], { env })
    const expanded = await Promise.all(entries.map((entry) => filesOf(dir, base, entry)))
    const input = expanded.flat().map(indexLine).join('')
    await git(dir, ['update-index', '-z', '--index-info'], { env, input })
    return (await git(dir, ['write-tree'], { env })).text
  } finally {
    await rm(index, { force: true })
  }
}

type Entry = Parameters<BareRepository['writeTree']>[1][number]

/** An index holds files only: a folder entry stands for the removal of what is there and the files of the new tree. */
async function filesOf(dir: string, base: ObjectId | undefined, entry: Entry): Promise<Entry[]> {
  if (entry.mode !== '040000' || !entry.id) return [entry]
  const before = base ? await readTree(dir, { id: base, recursive: true }) : []
  const after = await readTree(dir, { id: entry.id, recursive: true })
  return [
    ...before
      .filter((file) => file.type !== 'tree' && file.path.startsWith(`${entry.path}/`))
      .map((file) => ({ ...file, id: undefined })),
    ...after
      .filter((file) => file.type !== 'tree')
      .map((file) => ({ ...file, path: `${entry.path}/${file.path}` })),
  ]
}

const NOTHING = '0'.repeat(40)

function indexLine({ path, mode, id }: Entry): string {
  return id ? `${mode} ${id}\t${path}\0` : `0 ${NOTHING}\t${path}\0`
}

async function writeCommit(dir: string, commit: Omit<GitCommit, 'id'>): Promise<ObjectId> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent])
  const { text } = await git(dir, ['commit-tree', commit.tree, ...parents, '-F', '-'], {
    input: commit.message,
    env: { ...personEnv('AUTHOR', commit.author), ...personEnv('COMMITTER', commit.committer) },
  })
  return text
}

/** The variables git takes a person from. Seconds since 1970 and UTC, so that the id does not hang on a time zone. */
function personEnv(role: 'AUTHOR' | 'COMMITTER', person: GitPerson): Record<string, string> {
  const seconds = Math.floor(Date.parse(person.date) / 1000)
  return {
    [`GIT_${role}_NAME`]: person.name,
    [`GIT_${role}_EMAIL`]: person.email,
    [`GIT_${role}_DATE`]: `@${seconds} +0000`,
  }
}

/** A raw commit object as a value. Header lines that continue (signatures) and unknown ones are passed over. */
export function parseCommit(id: ObjectId, raw: string): GitCommit {
  const end = raw.indexOf('\n\n')
  const headers = (end < 0 ? raw : raw.slice(0, end)).split('\n')
  const values = (key: string) =>
    headers.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1))
  return {
    id,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    message: end < 0 ? '' : raw.slice(end + 2),
    author: parsePerson(values('author')[0] ?? ''),
    committer: parsePerson(values('committer')[0] ?? ''),
  }
}

function parsePerson(line: string): GitPerson {
  const match = /^(.*?) ?<([^>]*)> (\d+)/.exec(line)
  const [, name = '', email = '', seconds = '0'] = match ?? []
  return { name, email, date: new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z') }
}
