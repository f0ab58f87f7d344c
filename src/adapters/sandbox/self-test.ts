/** Tries to get out of the sandbox before anything of a repository runs in it. */
import { randomBytes } from 'node:crypto'
import { chmod, chown, lstat, mkdir, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import type { CommandResult, SandboxSpec } from '../../ports/sandbox.ts'
import type { BubblewrapOptions } from './bubblewrap-options.ts'
import { insideEnv } from './inside-env.ts'
import { closedFolder, prepareStateFolder } from './state-folder.ts'
import { syscallTable } from './syscalls.ts'

interface Refusal {
  readonly ok: false
  readonly problem: string
  readonly fix: string
}

type Probe = (command: string, spec: SandboxSpec) => Promise<CommandResult>

const BLOCKED =
  'Check that `bwrap --unshare-user --ro-bind / / true` works as the user that runs Millwright. In a container: allow the ' +
  'system calls that docs/sandbox.md lists. On Ubuntu 24.04 and later: load the AppArmor profile bwrap-userns-restrict. ' +
  'Elsewhere: sysctl kernel.unprivileged_userns_clone=1 and user.max_user_namespaces.'

/** Why no sandbox can be had here at all, before anything is started. */
export async function unfitMachine(options: BubblewrapOptions): Promise<Refusal | undefined> {
  if (process.platform !== 'linux') {
    return refusal(
      `The sandbox needs Linux; this is ${process.platform}.`,
      'Run Millwright in a Linux container or VM.',
    )
  }
  if (syscallTable(process.arch) === undefined) {
    return refusal(`There is no system call filter for ${process.arch}.`, 'Run Millwright on x64 or arm64.')
  }
  if (process.getuid?.() === 0 && (options.owner === undefined || options.owner.uid === 0)) {
    return refusal(
      'Sandboxed commands would run as root.',
      'Pass sandboxOwner() as the owner, or run as an ordinary user.',
    )
  }
  await prepareStateFolder(options.stateRoot)
  const shut = await closedFolder(options.stateRoot, options.owner)
  if (shut !== undefined) {
    return refusal(
      `The sandbox's user (uid ${options.owner?.uid}) may not enter ${shut}, where the state folder lies.`,
      'Choose a state folder outside private folders, for instance under /var/lib.',
    )
  }
  return undefined
}

/** Each command succeeds when it gets out. The sentence says what that would mean. */
function escapes(place: {
  canary: string
  outside: string
  port: number
}): readonly [command: string, problem: string][] {
  return [
    [`cat '${place.canary}'`, 'A file outside the checkout is readable.'],
    [`echo x > '${place.outside}'`, 'A file can be written outside the checkout.'],
    ['echo x > /usr/millwright-escaped', 'The system folders are writable.'],
    ['echo x >> .git/config', "The checkout's .git is writable."],
    [`echo > /dev/tcp/127.0.0.1/${place.port}`, 'Ports of this machine are open from inside.'],
    ['unshare -Ur true', 'New namespaces can be made inside.'],
    [': >> /proc/sys/kernel/core_pattern', "The kernel's core_pattern can be opened for writing."],
    ["! grep -Pq '^CapEff:\\s+0+$' /proc/self/status", 'Commands inside have capabilities.'],
    ["! grep -Pq '^Seccomp:\\s+2$' /proc/self/status", 'The system call filter is not loaded.'],
    [
      '[ "$(ls -d /proc/[0-9]* | wc -l)" -gt 12 ] && [ "$(cat /proc/1/comm)" != bwrap ]',
      'Other processes are visible.',
    ],
  ]
}

/** Runs the attempts in one sandbox of their own. `ok` only when every single one is seen to fail. */
export async function tryToEscape(
  options: BubblewrapOptions,
  probe: Probe,
): Promise<{ readonly ok: true } | Refusal> {
  const name = randomBytes(6).toString('hex')
  const folder = join(options.stateRoot, `self-test-${name}`)
  const server = createServer()
  let knocked = false
  server.on('connection', (socket) => {
    knocked = true
    socket.destroy()
  })
  try {
    const checkout = await makeCheckout(folder, options)
    const canary = join(folder, 'canary')
    await writeFile(canary, name, { mode: 0o644 })
    const outside = join(folder, 'open', 'escaped')
    const attempts = escapes({ canary, outside, port: await listen(server) }).filter(
      // A bound /proc shows the container's processes; that is its documented price.
      ([, problem]) => options.proc !== 'bound' || !problem.startsWith('Other processes'),
    )
    const result = await probe(script(attempts), { checkout, writable: true, allowHosts: [], limits: LIMITS })
    const user = await lstat(join(checkout, 'mark')).then(
      (stat) => stat.uid,
      () => 0,
    )
    if (user === 0) return refusal('The sandbox does not hold: commands inside are root outside.', LEAKS)
    return judge({ result, attempts, escaped: knocked || existsSync(outside), path: options.toolchain.path })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const missing = message.includes('ENOENT')
    return refusal(
      message,
      missing ? "Install bubblewrap: apt-get install -y bubblewrap (or your system's package)." : BLOCKED,
    )
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const LIMITS = { seconds: 20, memoryMb: 512, processes: 256, outputBytes: 20_000 }

async function makeCheckout(folder: string, { owner }: BubblewrapOptions): Promise<string> {
  const checkout = join(folder, 'checkout')
  const made = [folder, checkout, join(checkout, '.git'), join(folder, 'open')]
  for (const path of made) await mkdir(path, { recursive: true })
  await writeFile(join(checkout, '.git', 'config'), '')
  for (const path of [...made, join(checkout, '.git', 'config')]) {
    // As a dropped user's own, and open to all: only the sandbox itself can be what holds.
    await chmod(path, 0o777)
    if (owner !== undefined) await chown(path, owner.uid, owner.gid)
  }
  return checkout
}

function script(attempts: readonly [string, string][]): string {
  const lines = attempts.map(
    ([command], index) =>
      `if ( ${command} ) >/dev/null 2>&1; then echo out ${index}; else echo held ${index}; fi`,
  )
  // Whose the mark is outside says who commands inside really are; a user namespace shows them a number of its own.
  return [...lines, 'echo x > mark', 'compgen -e | sed "s/^/env /"', 'echo done'].join('\n')
}

interface Seen {
  readonly result: CommandResult
  readonly attempts: readonly [string, string][]
  readonly escaped: boolean
  readonly path: string
}

function judge({ result, attempts, escaped, path }: Seen): { readonly ok: true } | Refusal {
  const lines = result.stdout.split('\n')
  for (const [index, [, problem]] of attempts.entries()) {
    if (!lines.includes(`held ${index}`)) {
      const unknown = lines.includes(`out ${index}`)
        ? ''
        : ` (or it could not be tried: ${result.stderr.slice(0, 300)})`
      return refusal(`The sandbox does not hold: ${problem}${unknown}`, LEAKS)
    }
  }
  if (escaped) return refusal('The sandbox does not hold: something reached this machine from inside.', LEAKS)
  const known = new Set([
    ...Object.keys(
      insideEnv({ path, network: false, cafile: false, npmRegistry: undefined, own: undefined }),
    ),
    'PWD',
    'OLDPWD',
    'SHLVL',
    '_',
  ])
  const stray = lines.filter((line) => line.startsWith('env ') && !known.has(line.slice(4)))
  if (stray.length > 0) {
    return refusal(`The sandbox does not hold: the variable ${stray[0]?.slice(4)} got in.`, LEAKS)
  }
  if (!lines.includes('done')) return refusal('The sandbox did not finish its self-test.', BLOCKED)
  return { ok: true }
}

const LEAKS = 'Do not use this machine; report it with the versions of the kernel and of bubblewrap.'

function listen(server: Server): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port))
  })
}

function refusal(problem: string, fix: string): Refusal {
  return { ok: false, problem, fix }
}
