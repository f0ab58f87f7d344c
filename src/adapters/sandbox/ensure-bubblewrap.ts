/** Makes sure that bubblewrap is there: installs it where that is ours to do, else says the one line that does. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { HOST_PATH } from './confined-process.ts'

export type Ensured =
  | { readonly ok: true; readonly installed: boolean }
  | { readonly ok: false; readonly problem: string; readonly fix: string }

/** The machine as far as this needs it. */
export interface Machine {
  readonly isRoot: boolean
  readonly hasApt: boolean
  /** Runs a program; resolves with its output, rejects when it fails or is not there. */
  run(program: string, args: readonly string[]): Promise<string>
}

const THIS_MACHINE: Machine = {
  isRoot: process.getuid?.() === 0,
  hasApt: existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get'),
  run: async (program, args) => {
    const env = { PATH: HOST_PATH, DEBIAN_FRONTEND: 'noninteractive', LANG: 'C.UTF-8' }
    // Five minutes: a slow mirror, not a lost one.
    const { stdout } = await promisify(execFile)(program, [...args], { env, timeout: 300_000 })
    return stdout
  },
}

// The lock: another start on the same machine may be installing right now.
const INSTALL = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', 'bubblewrap']
const LINE = 'apt-get install -y bubblewrap'

/** `say` shows people what is about to be done to their machine, before it is done. */
export async function ensureBubblewrap(
  say: (line: string) => void,
  machine = THIS_MACHINE,
): Promise<Ensured> {
  if (await isThere(machine)) return { ok: true, installed: false }
  const problem = 'bubblewrap (bwrap) is not installed, and nothing of a repository runs without its sandbox.'
  if (!machine.hasApt) {
    return {
      ok: false,
      problem,
      fix: "Install your system's package: bubblewrap (dnf, apk and pacman know it by this name).",
    }
  }
  if (!machine.isRoot) return { ok: false, problem, fix: `Run: sudo ${LINE}` }
  say(`bubblewrap is missing: installing it (${LINE})`)
  try {
    await machine.run('apt-get', INSTALL).catch(async () => {
      // On a fresh machine the list of packages is not there yet.
      await machine.run('apt-get', ['update'])
      await machine.run('apt-get', INSTALL)
    })
  } catch (error) {
    if (await isThere(machine)) return { ok: true, installed: false }
    const reason =
      error instanceof Error ? error.message.trim().split('\n').slice(-3).join(' ') : String(error)
    return { ok: false, problem: `${problem} Installing it failed: ${reason}`, fix: `Run: ${LINE}` }
  }
  if (await isThere(machine)) return { ok: true, installed: true }
  return {
    ok: false,
    problem: `${problem} apt-get reported success, but bwrap does not start.`,
    fix: `Run: ${LINE}`,
  }
}

async function isThere(machine: Machine): Promise<boolean> {
  try {
    return (await machine.run('bwrap', ['--version'])).startsWith('bubblewrap ')
  } catch {
    return false
  }
}
