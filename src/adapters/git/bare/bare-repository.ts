/** One bare repository: refs and history here, the rest from its neighbours. */
import type { ObjectId } from '../../../core/ids.ts'
import type { BareRepository, GitCommit } from '../../../ports/git-host.ts'
import { git } from '../git.ts'
import { bareDiff } from './bare-diff.ts'
import { bareObjects, parseCommit } from './bare-objects.ts'
import { smartHttp } from './smart-http.ts'

const NOTHING = '0'.repeat(40)

/** `prefix` is the folder inside archives, GitHub's `owner-name`; the short commit id is added. */
export function bareRepository(dir: string, prefix: string): BareRepository {
  return {
    ...bareObjects(dir),
    ...bareDiff(dir),
    refs: () => refs(dir),
    ref: async (name) => (await refs(dir, name)).get(name),
    moveRef: (name, from, to) => moveRef(dir, name, { from, to }),
    isAncestor: async (ancestor, descendant) =>
      (await git(dir, ['merge-base', '--is-ancestor', ancestor, descendant], { accept: [1] })).code === 0,
    mergeBase: async (a, b) => (await git(dir, ['merge-base', a, b], { accept: [1] })).text || undefined,
    log: (from, options) => log(dir, from, options),
    async mergeTree(ours, theirs) {
      const { code, text } = await git(dir, ['merge-tree', '--write-tree', ours, theirs], { accept: [1] })
      return code === 0 ? text.split('\n')[0] : undefined
    },
    smartHttp: (request) => smartHttp(dir, request),
    async archive(commit) {
      const folder = `--prefix=${prefix}-${commit.slice(0, 7)}/`
      return (await git(dir, ['archive', '--format=tar.gz', folder, commit])).stdout
    },
  }
}

async function refs(dir: string, pattern?: string): Promise<Map<string, ObjectId>> {
  const format = '--format=%(objectname) %(refname)'
  const { text } = await git(dir, ['for-each-ref', format, ...(pattern === undefined ? [] : [pattern])])
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]))
}

/** False when the ref was elsewhere. Git takes the lock and compares, so two writers cannot both win. */
async function moveRef(
  dir: string,
  name: string,
  { from, to }: { from: ObjectId | undefined; to: ObjectId | undefined },
): Promise<boolean> {
  const line = to ? `update ${name}\0${to}\0${from ?? NOTHING}\0` : `delete ${name}\0${from ?? ''}\0`
  const { code, stderr } = await git(dir, ['update-ref', '-z', '--stdin'], { input: line, accept: [128, 1] })
  if (code === 0) return true
  const found = (await refs(dir, name)).get(name)
  if (found !== from || /cannot lock ref/.test(stderr)) return false
  throw new Error(`git refused to move ${name}: ${stderr}`)
}

async function log(
  dir: string,
  from: ObjectId,
  options: Parameters<BareRepository['log']>[1],
): Promise<GitCommit[]> {
  const not = options.not ? [`^${options.not}`] : []
  const path = options.path ? ['--', `:(literal)${options.path}`] : ['--']
  const listed = await git(dir, ['rev-list', `--max-count=${options.limit}`, from, ...not, ...path])
  if (listed.text === '') return []
  const { stdout } = await git(dir, ['cat-file', '--batch'], { input: `${listed.text}\n` })
  return parseBatch(stdout)
}

/** `cat-file --batch` output: a line "id type size", the bytes, a newline; sizes are bytes, so this reads bytes. */
function parseBatch(stdout: Buffer): GitCommit[] {
  const commits: GitCommit[] = []
  for (let at = 0; at < stdout.length;) {
    const line = stdout.indexOf('\n', at)
    const [id = '', , size = '0'] = stdout.subarray(at, line).toString().split(' ')
    const end = line + 1 + Number(size)
    commits.push(parseCommit(id, stdout.subarray(line + 1, end).toString()))
    at = end + 1
  }
  return commits
}
