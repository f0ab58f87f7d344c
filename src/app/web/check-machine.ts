/** What this machine must give: a folder to write in, a port to listen on, a sandbox. */
import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { UserError } from '../../core/errors.ts'
import type { Env } from '../env.ts'
import { errorCode } from '../error-code.ts'
import type { KitOptions, SandboxKit } from '../sandbox-kit.ts'
import type { Problem } from './problem.ts'

/** Made where it is not there. */
export async function stateProblem(folder: string): Promise<Problem | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o711 })
    await access(folder, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return {
      what: `The state folder ${folder} can't be written to (${errorCode(error)}).`,
      fix: 'Make it and give it to the user who runs this, or set MILLWRIGHT_STATE to another folder.',
    }
  }
}

export async function portProblem(host: string, port: number): Promise<Problem | undefined> {
  const code = await triedPort(host, port)
  if (code === undefined) return undefined
  if (code === 'EADDRINUSE')
    return {
      what: `Port ${port} is taken by another program.`,
      fix: 'Stop that program (another Millwright, perhaps), or set PORT and point your tunnel or proxy there.',
    }
  return {
    what: `${host}:${port} can't be listened on (${code}).`,
    fix: 'Set HOST to an address of this machine and PORT to a number from 1024 up.',
  }
}

/** The first free port from `port` on; undefined where twenty are taken, which is no accident. */
export async function freePort(host: string, port: number): Promise<number | undefined> {
  for (let tried = port; tried < port + 20; tried += 1) {
    if ((await triedPort(host, tried)) === undefined) return tried
  }
  return undefined
}

async function triedPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    return undefined
  } catch (error) {
    return errorCode(error) ?? String(error)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

interface SandboxParts {
  readonly env: Env
  readonly createKit: (options: KitOptions) => Promise<SandboxKit>
  readonly say: (text: string) => void
  readonly stateRoot: string
}

export type SandboxAnswer =
  { readonly kind: 'kit'; readonly kit: SandboxKit } | { readonly kind: 'refused'; readonly problem: Problem }

export async function sandboxOf({ env, createKit, say, stateRoot }: SandboxParts): Promise<SandboxAnswer> {
  try {
    const kit = await createKit({
      stateRoot,
      path: env.PATH,
      home: env.HOME ?? '/nonexistent',
      cafile: env.NODE_EXTRA_CA_CERTS,
      npmRegistry: env.MILLWRIGHT_REGISTRY,
      say,
    })
    return { kind: 'kit', kit }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const [what = '', ...fix] = error.message.split('\n')
    const mend = fix.join(' ') || 'See docs/sandbox.md.'
    return { kind: 'refused', problem: { what: `There is no sandbox. ${what}`, fix: mend } }
  }
}
