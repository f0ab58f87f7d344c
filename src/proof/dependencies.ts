/** Dependency templates: what setup leaves behind, installed on a fresh checkout, copied into others, shown to nobody. */
import { z } from 'zod'
import type { ObjectId } from '../core/ids.ts'
import type { Log } from '../ports/log.ts'
import type { ProofContext } from '../ports/proof.ts'
import type { Bind, Limits, Sandbox } from '../ports/sandbox.ts'
import type { Checkout, TreeFile, Workspace } from '../ports/workspace.ts'
import { cleanOutput, cutMiddle } from './clean-output.ts'
import { quoted } from './detect/shell-words.ts'
import { sha256 } from './sha256.ts'

/** What a run needs to put dependencies into its checkout. */
export interface Dependencies {
  readonly binds: readonly Bind[]
  /** Shell text that copies what is not bound; empty when there is nothing. Fails the shell when it fails. */
  readonly copyScript: string
}

/** Two ways to give a checkout its dependencies. */
export interface Installation {
  /**
   * For the runner: `node_modules` mounted read-only from the template, everything else copied. Copying thousands of
   * small files for every run would take longer than most suites.
   */
  mounted(checkout: string): Dependencies
  /** For agents, and for tools that write into `node_modules`: everything copied. */
  readonly copied: Dependencies
  /** Set once a run was seen to need a writable `node_modules`. */
  mustCopy: boolean
}

type Installed =
  | { readonly kind: 'ready'; readonly installation: Installation }
  | { readonly kind: 'failed'; readonly timedOut: boolean; readonly output: string }

/** Where a template is seen inside the sandboxes that copy from it. */
const INSIDE = '/opt/dependencies'
/** Templates kept per prover: base, head, and a few that hunks of a manifest make. A large one is half a gigabyte. */
const KEPT = 6
/** Installs need more than tests: npm alone takes half a gigabyte for a large tree. */
const LIMITS: Limits = { seconds: 900, memoryMb: 3072, processes: 512, outputBytes: 2 * 1024 * 1024 }

const NOTHING: Dependencies = { binds: [], copyScript: '' }
const NONE = (): Installation => ({ mounted: () => NOTHING, copied: NOTHING, mustCopy: false })

const MANIFEST =
  /(?:^|\/)(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(?:lock|workspace)\.yaml|\.npmrc|\.yarnrc[^/]*|requirements[^/]*\.(?:txt|in)|pyproject\.toml|setup\.(?:cfg|py)|Pipfile(?:\.lock)?|poetry\.lock|uv\.lock|go\.(?:mod|sum))$|(?:^|\/)requirements\/[^/]+\.txt$/

/** True for a file whose content decides what setup installs. */
export function isManifest(path: string): boolean {
  return MANIFEST.test(path) && !path.split('/').includes('node_modules')
}

const MANIFEST_READERS = [
  /^npm (?:ci|install)\b.*--ignore-scripts\b/,
  /^pip3? install\b(?!.*\s-e\b)(?!.*\s\.)/,
  // What was installed elsewhere and is put in its place.
  /^(?:mv|cp -a) \/tmp\/[\w./-]+ \.$/,
]

/** A command that reads manifests and nothing else of the tree, so that equal manifests give equal results. */
export function readsManifestsOnly(setup: string): boolean {
  return setup
    .split('&&')
    .map((part) => part.trim())
    .every((part) => !/[;&|`$<>\n]/.test(part) && MANIFEST_READERS.some((reader) => reader.test(part)))
}

async function templateKey(
  context: ProofContext,
  commit: ObjectId,
  files: readonly TreeFile[],
): Promise<string> {
  const setup = context.commands.setup ?? ''
  const whole = readsManifestsOnly(setup) ? '' : await context.workspace.tree(commit)
  const manifests = files
    .filter((file) => isManifest(file.path))
    .map((file) => `${file.mode} ${file.id} ${file.path}`)
  const hosts = context.commands.setupHosts.join(' ')
  return sha256([String(context.workspace.repo.id), setup, hosts, whole, ...manifests.sort()].join('\n'))
}

const declared = z.record(z.string(), z.unknown())

/** npm has nothing to do where the root manifest names no package: no install, no network. */
async function needsNothing(context: ProofContext, commit: ObjectId): Promise<boolean> {
  if (!/^npm (?:ci|install)\b[^;&|]*$/.test(context.commands.setup ?? '')) return false
  const bytes = await context.workspace.read(commit, 'package.json', 1024 * 1024)
  if (bytes === undefined) return true
  try {
    const manifest = declared.parse(JSON.parse(new TextDecoder().decode(bytes)))
    const lists = [
      'dependencies',
      'devDependencies',
      'optionalDependencies',
      'peerDependencies',
      'workspaces',
    ]
    return lists.every((list) => {
      const named = manifest[list] ?? {}
      return typeof named === 'object' && Object.keys(named).length === 0
    })
  } catch {
    // npm itself says best what is wrong with the file.
    return false
  }
}

/** Lists what setup added, topmost paths only; names with line breaks are left out, nothing sane has them. */
function setupScript(setup: string, marker: string): string {
  const list = 'find . -mindepth 1 -path ./.git -prune -o -print | LC_ALL=C sort'
  return [
    'set -u',
    `${list} > /tmp/before || exit 1`,
    `( ${setup}\n) >&2 || exit $?`,
    `${list} > /tmp/after || exit 1`,
    `printf '\\n%s\\n' ${quoted(marker)}`,
    'LC_ALL=C comm -13 /tmp/before /tmp/after | awk \'top == "" || index($0, top "/") != 1 { top = $0; print }\'',
  ].join('\n')
}

function topmost(paths: readonly string[]): string[] {
  const all = new Set(paths)
  return paths.filter((path) => {
    const parts = path.split('/')
    return !parts.some((_, index) => index > 0 && all.has(parts.slice(0, index).join('/')))
  })
}

function copyScript(paths: readonly string[]): string {
  const lines = paths.map((path) => {
    const [to, from] = [quoted(`./${path}`), quoted(`${INSIDE}/${path}`)]
    const parent = path.includes('/')
      ? `mkdir -p -- ${quoted(`./${path.slice(0, path.lastIndexOf('/'))}`)} && `
      : ''
    // What the tree itself has there does not take part: it could have been patched.
    return `rm -rf -- ${to} && ${parent}cp -a -- ${from} ${to} || exit 97`
  })
  return lines.join('\n')
}

interface Template {
  readonly workspace: Workspace
  readonly checkout: Checkout
  readonly installation: Installation
}

type Made = { readonly kind: 'made'; readonly template: Template } | Extract<Installed, { kind: 'failed' }>

interface Entry {
  readonly made: Promise<Made>
  uses: number
}

export interface DependencyTemplates {
  /** Installs where needed, then calls `work`; the template stays for as long as `work` runs. */
  use<T>(context: ProofContext, commit: ObjectId, work: (installed: Installed) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function createDependencyTemplates(parts: { sandbox: Sandbox; log: Log }): DependencyTemplates {
  // In the order of last use, so that the first unused one is the one to drop.
  const entries = new Map<string, Entry>()

  const drop = async (key: string, entry: Entry): Promise<void> => {
    entries.delete(key)
    const made = await entry.made.catch(() => undefined)
    if (made?.kind === 'made') await made.template.workspace.discard(made.template.checkout)
  }

  const entryFor = (key: string, install: () => Promise<Made>): Entry => {
    const entry = entries.get(key) ?? { made: install(), uses: 0 }
    entries.delete(key)
    entries.set(key, entry)
    return entry
  }

  return {
    use: async (context, commit, work) => {
      if (context.commands.setup === undefined || (await needsNothing(context, commit)))
        return work({ kind: 'ready', installation: NONE() })
      const key = await templateKey(context, commit, await context.workspace.files(commit))
      const entry = entryFor(key, () => install(parts, context, commit))
      entry.uses += 1
      try {
        const made = await entry.made
        if (made.kind === 'failed') return await work(made)
        return await work({ kind: 'ready', installation: made.template.installation })
      } finally {
        entry.uses -= 1
        const made = await entry.made.catch(() => undefined)
        // A failure may be the network's; the next one who asks tries again.
        if (made?.kind !== 'made' && entries.get(key) === entry) entries.delete(key)
        const idle = [...entries].filter(([, other]) => other.uses === 0)
        for (const [old, unused] of idle.slice(0, Math.max(0, entries.size - KEPT))) await drop(old, unused)
      }
    },
    close: async () => {
      for (const [key, entry] of entries) await drop(key, entry)
    },
  }
}

function installationOf(
  checkout: Checkout,
  paths: readonly string[],
  folders: ReadonlySet<string>,
): Installation {
  const bind = { from: checkout.path, to: INSIDE, writable: false }
  const copying = (some: readonly string[]): Dependencies =>
    some.length === 0 ? NOTHING : { binds: [bind], copyScript: copyScript(some) }
  const rest = copying(paths.filter((path) => !folders.has(path)))
  return {
    mounted: (target) => ({
      binds: [
        ...rest.binds,
        ...[...folders].map((path) => ({
          from: `${checkout.path}/${path}`,
          to: `${target}/${path}`,
          writable: false,
        })),
      ],
      copyScript: rest.copyScript,
    }),
    copied: copying(paths),
    mustCopy: false,
  }
}

/**
 * Which of the paths are `node_modules` folders that can be mounted. Mounting happens outside the sandbox and follows
 * links there, so a link that setup planted must not be among them: looked at in a sandbox of its own, in which nothing
 * of setup runs any more.
 */
async function mountable(
  sandbox: Sandbox,
  checkout: Checkout,
  paths: readonly string[],
): Promise<Set<string>> {
  const named = paths.filter((path) => path.split('/').at(-1) === 'node_modules').slice(0, 64)
  if (named.length === 0) return new Set()
  const tests = named.map((path, index) => {
    const parts = path.split('/').map((_, end, all) => quoted(`./${all.slice(0, end + 1).join('/')}`))
    return `${parts.map((part) => `[ -d ${part} ] && [ ! -L ${part} ]`).join(' && ')} && echo ${index}`
  })
  const limits: Limits = { seconds: 20, memoryMb: 64, processes: 16, outputBytes: 4096 }
  const spec = { checkout: checkout.path, writable: false, allowHosts: [], limits }
  const { stdout } = await sandbox.run(`${tests.join('\n')}\ntrue`, spec)
  const real = new Set(stdout.split('\n'))
  return new Set(named.filter((_, index) => real.has(String(index))))
}

async function install(
  { sandbox, log }: { sandbox: Sandbox; log: Log },
  context: ProofContext,
  commit: ObjectId,
): Promise<Made> {
  const { workspace, commands, signal, progress } = context
  progress.step('installing dependencies')
  const checkout = await workspace.checkout(commit, 'dependencies')
  const marker = `installed ${globalThis.crypto.randomUUID()}`
  try {
    const result = await sandbox.run(
      setupScript(commands.setup ?? 'true', marker),
      {
        checkout: checkout.path,
        writable: true,
        allowHosts: commands.setupHosts,
        env: { CI: '1', NO_COLOR: '1' },
        limits: LIMITS,
      },
      { signal },
    )
    signal.throwIfAborted()
    log.info('dependencies_installed', { ms: result.ms, code: result.code ?? -1 })
    const [, listed] = result.stdout.split(`\n${marker}\n`)
    if (result.code === 0 && listed !== undefined) {
      const paths = topmost(
        listed.split('\n').flatMap((line) => (line.startsWith('./') ? [line.slice(2)] : [])),
      )
      const folders = await mountable(sandbox, checkout, paths)
      return {
        kind: 'made',
        template: { workspace, checkout, installation: installationOf(checkout, paths, folders) },
      }
    }
    await workspace.discard(checkout)
    const refused = result.refusedHosts.map((host) => `It asked for ${host}, which is not allowed.`)
    const output = cleanOutput([result.stderr, ...refused].join('\n'), '')
    return { kind: 'failed', timedOut: result.killed === 'timeout', output: cutMiddle(output, 3000) }
  } catch (error) {
    await workspace.discard(checkout)
    throw error
  }
}
