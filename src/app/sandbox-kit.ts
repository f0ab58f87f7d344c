/** Gets this machine's sandbox ready: bubblewrap, toolchain, a folder that the dropped user may enter, the tool host. */
import { fileURLToPath } from 'node:url'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBubblewrapSandbox } from '../adapters/sandbox/create-bubblewrap-sandbox.ts'
import type { BubblewrapOptions } from '../adapters/sandbox/bubblewrap-options.ts'
import { ensureBubblewrap } from '../adapters/sandbox/ensure-bubblewrap.ts'
import { findToolchain } from '../adapters/sandbox/find-toolchain.ts'
import { keepCopy, prepareStateFolder, sandboxOwner } from '../adapters/sandbox/state-folder.ts'
import type { Owner } from '../adapters/sandbox/state-folder.ts'
import { createToolHosts } from '../adapters/tool-host/create-tool-hosts.ts'
import { UserError } from '../core/errors.ts'
import type { Sandbox } from '../ports/sandbox.ts'
import type { ToolHosts } from '../ports/tools.ts'

export interface SandboxKit {
  readonly sandbox: Sandbox
  readonly toolHosts: ToolHosts
  /** Whom checkouts belong to, where the app runs as root and the sandbox does not. */
  readonly owner: Owner | undefined
}

export interface KitOptions {
  readonly stateRoot: string
  readonly path: string
  readonly home: string
  readonly cafile: string | undefined
  readonly npmRegistry: string | undefined
  readonly say: (line: string) => void
}

/** Throws UserError (`sandbox_unavailable`) with the line to run where no sandbox is to be had. Never falls back. */
export async function createSandboxKit(options: KitOptions): Promise<SandboxKit> {
  const ensured = await ensureBubblewrap(options.say)
  if (!ensured.ok) throw new UserError('sandbox_unavailable', `${ensured.problem}\n${ensured.fix}`)
  const owner = sandboxOwner()
  await mkdir(options.stateRoot, { recursive: true })
  const stateRoot = join(options.stateRoot, 'sandbox')
  await prepareStateFolder(stateRoot)
  const toolchain = await findToolchain({ path: options.path, home: options.home, owner })
  const { cafile, npmRegistry } = options
  const sandbox = await workingSandbox({
    stateRoot,
    owner,
    toolchain,
    node: process.execPath,
    passThrough: { ...(cafile ? { cafile } : {}), ...(npmRegistry ? { npmRegistry } : {}) },
  })
  const bundle = await keepCopy(
    stateRoot,
    fileURLToPath(new URL('../../dist/tool-host.mjs', import.meta.url)),
  )
  const node = await keepCopy(stateRoot, process.execPath)
  return { sandbox, owner, toolHosts: createToolHosts({ sandbox, bundle, node }) }
}

/** Containers mask parts of /proc, and then no new one can be mounted: there the container's own is bound, read-only. */
async function workingSandbox(options: BubblewrapOptions): Promise<Sandbox> {
  const sandbox = createBubblewrapSandbox(options)
  const test = await sandbox.selfTest()
  if (test.ok) return sandbox
  if (await isProcMasked()) {
    const bound = createBubblewrapSandbox({ ...options, proc: 'bound' })
    if ((await bound.selfTest()).ok) return bound
  }
  throw new UserError('sandbox_unavailable', `${test.problem}\n${test.fix}`)
}

/** Whether something is mounted over a part of /proc. systemd's binfmt_misc is on every machine and masks nothing. */
async function isProcMasked(): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  const points = mounts.split('\n').map((line) => line.split(' ')[4] ?? '')
  return points.some((point) => point.startsWith('/proc/') && !point.startsWith('/proc/sys/fs/binfmt_misc'))
}
