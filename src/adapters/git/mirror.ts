/** One bare git directory per repository, ours alone: where everything is fetched to, cut, put together and read from. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RetryableError, UserError } from '../../core/errors.ts'
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { GitAccess } from '../../ports/forge.ts'
import { git, GitError } from './git.ts'
import { RAW_ATTRIBUTES } from './raw-attributes.ts'

export interface Mirror {
  readonly repo: RepoRef
  /** The git directory. */
  readonly dir: string
  /** Folder for index files and the like, on the same disk, readable by us alone. */
  readonly temporary: string
}

/** These hold for every command in the mirror. Fetched objects never change them: fetching does not touch config. */
const MIRROR_CONFIG = `[core]
\trepositoryformatversion = 0
\tbare = true
\tfilemode = true
\tsymlinks = true
\tlogAllRefUpdates = false
\tquotePath = false
\tprotectHFS = true
\tprotectNTFS = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[fetch]
\trecurseSubmodules = no
\twriteCommitGraph = false
[submodule]
\trecurse = false
`

/** How the remote is reached. Our git reads no environment, so what a company's network demands comes in here. */
export interface Network {
  readonly remote: GitAccess
  /** URL of an HTTP proxy; its password, if any, is handed over as the token is. */
  readonly proxy?: string
  /** File with the certificates to trust, PEM. */
  readonly cafile?: string
}

/** Opens the mirror of a repository below `root`, and makes it first where there is none. Never fetches. */
export async function openMirror(root: string, repo: RepoRef): Promise<Mirror> {
  const folder = join(root, 'mirrors')
  const temporary = join(root, 'temporary')
  for (const private_ of [folder, temporary]) await mkdir(private_, { recursive: true, mode: 0o700 })
  // The numeric id survives renames and transfers, and cannot hold a path.
  const dir = join(folder, `${repo.id}.git`)
  if (!(await isMirror(dir))) await createMirror(dir, temporary)
  return { repo, dir, temporary }
}

async function isMirror(dir: string): Promise<boolean> {
  const found = await git(dir, ['rev-parse', '--git-dir'], { accept: [128] })
  return found.code === 0
}

/** Made aside and moved into place, so that two stages that start together never see half of it. */
async function createMirror(dir: string, temporary: string): Promise<void> {
  const draft = join(temporary, `new-${randomName()}.git`)
  await git(undefined, ['init', '--quiet', '--bare', '--template=', draft])
  await writeFile(join(draft, 'config'), MIRROR_CONFIG)
  await mkdir(join(draft, 'info'), { recursive: true })
  await writeFile(join(draft, 'info', 'attributes'), RAW_ATTRIBUTES)
  try {
    await rename(draft, dir)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await isMirror(dir))) throw error
  }
}

/** A name nobody can guess or has taken. */
export function randomName(): string {
  return randomBytes(12).toString('hex')
}

/**
 * Fetches one branch, incrementally, without tags and submodules, and answers the commit it points to now.
 *
 * The authorization header reaches git through the environment of that one process, scoped to the one URL, and no
 * redirect is followed, so it cannot be carried to another host.
 */
export async function fetchBranch(mirror: Mirror, network: Network, branch: string): Promise<ObjectId> {
  await checkBranchName(branch)
  const remote = await network.remote.remote(mirror.repo)
  const at = connection(remote, network)
  const ref = syncedRef(branch)
  try {
    await git(
      mirror.dir,
      [
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-recurse-submodules',
        remote.url,
        `+refs/heads/${branch}:${ref}`,
      ],
      at,
    )
  } catch (error) {
    throw await explainFetch(error, {
      repo: mirror.repo,
      branch,
      remoteIsEmpty: () => isEmpty(remote.url, at),
    })
  }
  return (await git(mirror.dir, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])).text
}

/** A flat name per branch: `a` may be deleted and `a/b` appear, which ref folders cannot hold together. */
function syncedRef(branch: string): string {
  return `refs/synced/${createHash('sha256').update(branch).digest('hex')}`
}

async function checkBranchName(branch: string): Promise<void> {
  const checked = await git(undefined, ['check-ref-format', `refs/heads/${branch}`], { accept: [1] })
  if (checked.code !== 0)
    throw new UserError('config_invalid', `\`${branch}\` cannot be a branch name. Name a branch that exists.`)
}

interface Connection {
  readonly config: readonly (readonly [string, string])[]
  readonly env: Readonly<Record<string, string>>
}

/** How the one fetching process may connect: one protocol, no redirect, and the header for this URL alone. */
function connection(
  remote: { url: string; authorization: string | undefined },
  { proxy, cafile }: Network,
): Connection {
  const url = new URL(remote.url)
  // A token in the URL would be in argv, and in git's own messages.
  if (url.username !== '' || url.password !== '')
    throw new Error('the remote URL carries credentials; GitAccess must give them as the authorization')
  const config: [string, string][] = [
    ['http.followRedirects', 'false'],
    // Less than a kilobyte a second for a minute is a connection that died without saying so.
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
    // Set even when empty, so that nothing else decides.
    ['http.proxy', proxy ?? ''],
  ]
  if (cafile !== undefined) config.push(['http.sslCAInfo', cafile])
  if (remote.authorization !== undefined)
    config.push([`http.${remote.url}.extraHeader`, `Authorization: ${remote.authorization}`])
  return { config, env: { GIT_ALLOW_PROTOCOL: url.protocol.replace(/:$/, '') } }
}

async function isEmpty(url: string, at: Connection): Promise<boolean> {
  return (await git(undefined, ['ls-remote', '--heads', url], at)).text === ''
}

interface FetchContext {
  readonly repo: RepoRef
  readonly branch: string
  remoteIsEmpty(): Promise<boolean>
}

/**
 * The one place that reads git's words: over HTTP git tells why a fetch failed in stderr only, with exit code 128 for
 * everything. The locale is fixed, and what is not recognised is "later", which is safe.
 */
async function explainFetch(error: unknown, context: FetchContext): Promise<unknown> {
  if (!(error instanceof GitError) || error.code !== 128) return error
  const name = `${context.repo.owner}/${context.repo.name}`
  if (/couldn't find remote ref/i.test(error.stderr)) return branchMissing(name, context)
  if (/error: 30[1278]|redirect/i.test(error.stderr))
    return new UserError(
      'forge_refused',
      `${name} answers from another address: it was probably renamed or moved. Start the run again under its new name.`,
      { cause: error },
    )
  if (/error: 40[134]|authentication failed|could not read username|not found/i.test(error.stderr))
    return new UserError(
      'forge_refused',
      `${name} could not be fetched. The App needs the permission "Contents: read" and must be installed on this repository.`,
      { cause: error },
    )
  return new RetryableError(
    'forge_unavailable',
    `${name} could not be fetched now; it will be tried again.`,
    {
      cause: error,
    },
  )
}

async function branchMissing(name: string, context: FetchContext): Promise<UserError> {
  if (await context.remoteIsEmpty())
    return new UserError(
      'repository_empty',
      `${name} has no commit yet. Push a first commit, then start again.`,
    )
  return new UserError(
    'forge_refused',
    `${name} has no branch \`${context.branch}\`. Push it, or name another.`,
  )
}
