// A forge over a plain git repository: commits, branches and parents are real; pull request, remarks and checks are told.
import { execFileSync } from 'node:child_process'
import type { CommitRequest, PullDetail, PullsForge, Remark } from '../../../src/ports/forge.ts'
import { writeFiles } from '../../adapters/git/source-repository.ts'
import type { Content, Source } from '../../adapters/git/source-repository.ts'

export interface SourceForge {
  readonly pulls: PullsForge
  readonly commits: CommitRequest[]
  readonly answers: { id: number; body: string }[]
  remarks: Remark[]
  mergeable: boolean
}

function contentOf({ mode, content }: CommitRequest['files'][number]): Content {
  if (content === undefined) return null
  const text = new TextDecoder().decode(content)
  return mode === '120000' ? { link: text } : mode === '100755' ? { run: text } : content
}

/** As GitHub puts a tree together: the files on top of the last parent's. What comes out must be what was proved. */
function makeCommit(source: Source, request: CommitRequest): string {
  const { parent, alsoParent, branch, message, tree, files } = request
  source.git('checkout', '-q', '--detach', alsoParent ?? parent)
  writeFiles(source.folder, Object.fromEntries(files.map((file) => [file.path, contentOf(file)])))
  source.git('add', '--all', '--force')
  const made = source.git('write-tree')
  if (made !== tree) throw new Error(`the forge made ${made} where ${tree} was proved`)
  const parents = [parent, ...(alsoParent === undefined ? [] : [alsoParent])].flatMap((each) => ['-p', each])
  const commit = source.git('commit-tree', tree, ...parents, '-m', message)
  source.git('update-ref', `refs/heads/${branch}`, commit)
  source.git('checkout', '-q', '--force', 'main')
  source.git('clean', '-qfdx')
  return commit
}

export function sourceForge(source: Source): SourceForge {
  const head = (branch: string): string | undefined => {
    const ref = `refs/heads/${branch}`
    try {
      return execFileSync('git', ['rev-parse', '--verify', '--quiet', ref], {
        cwd: source.folder,
        encoding: 'utf8',
      }).trim()
    } catch {
      return undefined
    }
  }
  const commits: CommitRequest[] = []
  const answers: SourceForge['answers'] = []
  const detail = (): PullDetail => {
    const branch = commits[0]?.branch ?? ''
    return {
      number: 2,
      url: 'https://forge.example/acme/thing/pull/2',
      head: head(branch) ?? '',
      branch,
      draft: true,
      state: 'open',
      merged: false,
      ours: true,
      base: { branch: 'main', commit: head('main') ?? '' },
      mergeable: forge.mergeable,
      mergeCommit: null,
      closedBy: null,
    }
  }
  const pulls: PullsForge = {
    branchHead: async (_repo, branch) => head(branch),
    commit: async (_repo, request) => {
      const found = head(request.branch)
      if (found !== undefined && found !== request.parent) return { kind: 'moved', found }
      commits.push(request)
      return { kind: 'created', commit: makeCommit(source, request), signed: true }
    },
    openDraft: async () => ({ kind: 'opened', pull: detail() }),
    describe: async () => {},
    comment: async () => {},
    checkRun: async () => {},
    pull: async () => detail(),
    remarks: async () => forge.remarks,
    answer: async (_repo, _pull, { remark, body }) => {
      answers.push({ id: remark.id, body })
      forge.remarks = forge.remarks.map((each) => (each.id === remark.id ? { ...each, settled: true } : each))
      return 'posted'
    },
    checks: async () => [{ name: 'ci', state: 'passed', url: null, text: '' }],
    baseRules: async () => undefined,
  }
  const forge: SourceForge = { pulls, commits, answers, remarks: [], mergeable: true }
  return forge
}
