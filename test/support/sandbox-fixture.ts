/** A real sandbox in a temporary folder: as root with a dropped user, as anybody else with their own. */
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { BubblewrapOptions } from '../../src/adapters/sandbox/bubblewrap-options.ts'
import { createBubblewrapSandbox } from '../../src/adapters/sandbox/create-bubblewrap-sandbox.ts'
import { ensureBubblewrap } from '../../src/adapters/sandbox/ensure-bubblewrap.ts'
import { findToolchain } from '../../src/adapters/sandbox/find-toolchain.ts'
import { sandboxOwner } from '../../src/adapters/sandbox/state-folder.ts'
import type { Owner } from '../../src/adapters/sandbox/state-folder.ts'
import type { Limits, Sandbox, SandboxSpec } from '../../src/ports/sandbox.ts'

export interface SandboxFixture {
  readonly sandbox: Sandbox
  /** Outside every sandbox; anybody on the machine may enter it. */
  readonly root: string
  readonly stateRoot: string
  readonly owner: Owner | undefined
  /** A checkout with a `.git` and the given files, owned by the sandbox's user. */
  checkout(files?: Readonly<Record<string, string>>): Promise<string>
  close(): Promise<void>
}

export const TEST_LIMITS: Limits = { seconds: 20, memoryMb: 1024, processes: 256, outputBytes: 100_000 }

export function specOf(checkout: string, more: Partial<SandboxSpec> = {}): SandboxSpec {
  return { checkout, writable: true, allowHosts: [], limits: TEST_LIMITS, ...more }
}

export async function openSandboxFixture(more: Partial<BubblewrapOptions> = {}): Promise<SandboxFixture> {
  const ensured = await ensureBubblewrap((line) => void process.stderr.write(`${line}\n`))
  if (!ensured.ok) throw new Error(`${ensured.problem} ${ensured.fix}`)
  const owner = sandboxOwner()
  const toolchain = await findToolchain({
    path: process.env['PATH'] ?? '',
    home: process.env['HOME'] ?? '/',
    owner,
  })
  const root = await mkdtemp(join(tmpdir(), 'mw-'))
  await chmod(root, 0o711)
  const stateRoot = join(root, 'state')
  const options = { stateRoot, owner, toolchain, node: process.execPath, ...more }
  const sandbox = await createOrRemove(options, root)
  let count = 0
  return {
    sandbox,
    root,
    stateRoot,
    owner,
    checkout: async (files = {}) => {
      const path = join(root, `checkout-${(count += 1)}`)
      const all = { '.git/config': '[core]\n', '.git/hooks/README': '', ...files }
      for (const [name, text] of Object.entries(all)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), text)
      }
      const paths = new Set([path, ...Object.keys(all).flatMap((name) => upTo(path, join(path, name)))])
      if (owner !== undefined) for (const one of paths) await chown(one, owner.uid, owner.gid)
      return path
    },
    close: () => rm(root, { recursive: true, force: true }),
  }
}

async function createOrRemove(options: BubblewrapOptions, root: string): Promise<Sandbox> {
  try {
    return createBubblewrapSandbox(options)
  } catch (error) {
    await rm(root, { recursive: true })
    throw error
  }
}

function upTo(top: string, path: string): string[] {
  return path === top ? [] : [path, ...upTo(top, dirname(path))]
}
