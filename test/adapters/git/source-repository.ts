/** A repository for the workspace tests to fetch from: ordinary git in a temporary folder, told what to commit. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RepoRef } from '../../../src/core/ids.ts'
import type { GitAccess } from '../../../src/ports/forge.ts'
import type { Sandbox } from '../../../src/ports/sandbox.ts'
import type { Workspaces } from '../../../src/ports/workspace.ts'
import { createWorkspaces } from '../../../src/adapters/git/workspaces.ts'
import { createPlainSandbox } from '../../support/plain-sandbox.ts'

export const REPO: RepoRef = { id: 4711, owner: 'acme', name: 'thing' }

/** Text, bytes, a symlink, an executable, or null for a deletion. */
export type Content = string | Uint8Array | { link: string } | { run: string } | null

export interface Source {
  readonly folder: string
  readonly remote: GitAccess
  /** Commits on the current branch and answers the id. */
  commit(files: Readonly<Record<string, Content>>): string
  git(...args: string[]): string
}

export function createSource(branch = 'main'): Source {
  const folder = mkdtempSync(join(tmpdir(), 'source-'))
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@invalid', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
    }).trim()
  git('init', '-q', '-b', branch)
  return {
    folder,
    remote: { remote: () => Promise.resolve({ url: `file://${folder}`, authorization: undefined }) },
    git,
    commit(files) {
      writeFiles(folder, files)
      git('add', '--all', '--force')
      git('commit', '-q', '--no-verify', '--allow-empty', '-m', 'change')
      return git('rev-parse', 'HEAD')
    },
  }
}

export function writeFiles(folder: string, files: Readonly<Record<string, Content>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    rmSync(path, { recursive: true, force: true })
    if (content === null) continue
    mkdirSync(dirname(path), { recursive: true })
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(path, content)
    else if ('link' in content) symlinkSync(content.link, path)
    else {
      writeFileSync(path, content.run)
      chmodSync(path, 0o755)
    }
  }
}

export interface Bench {
  readonly source: Source
  readonly root: string
  readonly workspaces: Workspaces
}

export function createBench(
  options: { source?: Source; sandbox?: Sandbox; remote?: GitAccess; proxy?: string; root?: string } = {},
): Bench {
  const source = options.source ?? createSource()
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'state-'))
  const workspaces = createWorkspaces({
    root,
    remote: options.remote ?? source.remote,
    sandbox: options.sandbox ?? createPlainSandbox(),
    owner: undefined,
    ...(options.proxy !== undefined && { proxy: options.proxy }),
  })
  return { source, root, workspaces }
}

export function removeBench(bench: Bench): void {
  for (const folder of [bench.source.folder, bench.root]) rmSync(folder, { recursive: true, force: true })
}
