/** Gets this machine's sandbox ready: bubblewrap, toolchain, a folder that the dropped user may enter, the tool host. */
import { fileURLToPath } from 'node:url'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createBubblewrapSandbox } from '../adapters/sandbox/create-bubblewrap-sandbox.ts'
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
  const sandbox = createBubblewrapSandbox({
    stateRoot,
    owner,
    toolchain,
    node: process.execPath,
    passThrough: { ...(cafile ? { cafile } : {}), ...(npmRegistry ? { npmRegistry } : {}) },
  })
  const test = await sandbox.selfTest()
  if (!test.ok) throw new UserError('sandbox_unavailable', `${test.problem}\n${test.fix}`)
  const bundle = await keepCopy(
    stateRoot,
    fileURLToPath(new URL('../../dist/tool-host.mjs', import.meta.url)),
  )
  const node = await keepCopy(stateRoot, process.execPath)
  return { sandbox, owner, toolHosts: createToolHosts({ sandbox, bundle, node }) }
}
