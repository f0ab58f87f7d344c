/** The command line of bubblewrap: everything a sandboxed command sees is named here, and nothing else exists for it. */
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join, normalize, sep } from 'node:path'
import { UserError } from '../../core/errors.ts'
import type { Bind, SandboxSpec } from '../../ports/sandbox.ts'
import { INSIDE_NODE, INSIDE_SOCKET } from './inside-script.ts'
import { ETC_FILES, INSIDE } from './state-folder.ts'

/** What is the same for every command of one sandbox. */
export interface View {
  readonly stateRoot: string
  readonly toolchainBinds: readonly string[]
  /** `fresh`: a proc of the sandbox's own. `bound`: the container's, where a new one cannot be mounted. */
  readonly proc: 'fresh' | 'bound'
  readonly tmpfsMb: number
}

/** What differs per command. */
export interface Inside {
  readonly spec: SandboxSpec
  readonly env: Readonly<Record<string, string>>
  /** Path of the egress proxy's socket, of our Node and of the CA file; undefined without network. */
  readonly egress:
    { readonly socket: string; readonly node: string; readonly cafile: string | undefined } | undefined
}

const DEFAULT_MOUNT = '/repo'
export const INSIDE_CAFILE = '/etc/millwright-ca.pem'

/** Descriptors that bubblewrap itself reads and writes; it hands none of them on. */
const SECCOMP_FD = 3
const STATUS_FD = 4

const ETC = [
  'alternatives',
  'ca-certificates',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'mime.types',
  'protocols',
]
const ETC_MORE = ['services', 'ssl/certs', 'ssl/openssl.cnf', 'fonts']

/** Arguments up to and including `--`. Throws UserError when the checkout would lead out of itself. */
export function bubblewrapArgv(view: View, inside: Inside): string[] {
  const mount = inside.spec.mountAt ?? DEFAULT_MOUNT
  return [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--uid',
    `${INSIDE.uid}`,
    '--gid',
    `${INSIDE.gid}`,
    '--hostname',
    'sandbox',
    '--clearenv',
    ...system(view),
    ...machine(view),
    ...egressBinds(inside.egress),
    ...checkoutBinds(inside.spec, mount),
    // Last: until here bubblewrap makes mount points in these.
    '--remount-ro',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    mount,
    ...Object.entries(inside.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--seccomp',
    `${SECCOMP_FD}`,
    '--json-status-fd',
    `${STATUS_FD}`,
    '--',
  ]
}

function system(view: View): string[] {
  const size = ['--size', `${view.tmpfsMb * 1024 * 1024}`]
  return [
    '--ro-bind',
    '/usr',
    '/usr',
    ...['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].flatMap(rootFolder),
    ...(view.proc === 'fresh' ? ['--proc', '/proc'] : ['--ro-bind', '/proc', '/proc']),
    // For user 0 these switches of the kernel would be writable whatever its capabilities. No sandbox is user 0 outside,
    // but this costs nothing.
    '--ro-bind',
    '/proc/sys',
    '/proc/sys',
    '--dev',
    '/dev',
    ...size,
    '--tmpfs',
    '/dev/shm',
    '--perms',
    '1777',
    ...size,
    '--tmpfs',
    '/tmp',
    '--dir',
    '/var',
    '--symlink',
    '/tmp',
    '/var/tmp',
    '--dir',
    '/home',
    '--perms',
    '0755',
    ...size,
    '--tmpfs',
    INSIDE.home,
    '--dir',
    '/run',
  ]
}

/** `/bin` and its like: links into /usr on most systems, folders on others. */
function rootFolder(name: string): string[] {
  const path = `/${name}`
  if (!existsSync(path)) return []
  return lstatSync(path).isSymbolicLink()
    ? ['--symlink', readlinkSync(path), path]
    : ['--ro-bind', path, path]
}

function machine(view: View): string[] {
  // Java keeps part of its runtime there, by version.
  const java = readdirSync('/etc').filter((name) => name.startsWith('java-'))
  return [
    '--perms',
    '0755',
    '--dir',
    '/etc',
    ...[...ETC, ...ETC_MORE, ...java].flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...ETC_FILES.flatMap((name) => ['--ro-bind', join(view.stateRoot, 'etc', name), `/etc/${name}`]),
    ...view.toolchainBinds.flatMap((path) => ['--ro-bind', path, path]),
  ]
}

function egressBinds(egress: Inside['egress']): string[] {
  if (egress === undefined) return []
  return [
    '--bind',
    egress.socket,
    INSIDE_SOCKET,
    '--ro-bind',
    egress.node,
    INSIDE_NODE,
    ...(egress.cafile === undefined ? [] : ['--ro-bind', egress.cafile, INSIDE_CAFILE]),
  ]
}

function checkoutBinds(spec: SandboxSpec, mount: string): string[] {
  const binds = (spec.binds ?? []).map((bind) => ({ ...bind, to: moved(bind.to, spec.checkout, mount) }))
  for (const bind of binds) refuseLinks(spec.checkout, bind, mount)
  return [
    '--bind',
    spec.checkout,
    mount,
    ...binds.flatMap((bind) => [bind.writable ? '--bind' : '--ro-bind', bind.from, bind.to]),
    ...gitFolder(spec, mount),
    // The folder is bound writable first, so that mount points for the binds in it can be made.
    ...(spec.writable ? [] : ['--remount-ro', mount]),
  ]
}

/** Git on the host runs what .git/config and .git/hooks say, so nothing inside may write there, or put its own there. */
function gitFolder(spec: SandboxSpec, mount: string): string[] {
  const outside = join(spec.checkout, '.git')
  const stat = lstatSync(outside, { throwIfNoEntry: false })
  if (stat === undefined) {
    return spec.writable ? ['--tmpfs', `${mount}/.git`, '--remount-ro', `${mount}/.git`] : []
  }
  if (stat.isSymbolicLink()) throw leadsOut('.git')
  return ['--ro-bind', outside, `${mount}/.git`]
}

function moved(to: string, checkout: string, mount: string): string {
  return to === checkout || to.startsWith(`${checkout}${sep}`) ? `${mount}${to.slice(checkout.length)}` : to
}

/** bubblewrap follows links on the way to a mount point; one that an earlier command planted would choose the place. */
function refuseLinks(checkout: string, bind: Bind, mount: string): void {
  if (!bind.to.startsWith(`${mount}/`)) return
  if (normalize(bind.to) !== bind.to) throw leadsOut(bind.to)
  let at = checkout
  for (const part of bind.to.slice(mount.length + 1).split('/')) {
    at = join(at, part)
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw leadsOut(bind.to)
  }
}

function leadsOut(path: string): UserError {
  return new UserError(
    'sandbox_unavailable',
    `The sandbox did not start: ${path} in the checkout is, or goes through, a symbolic link, and would be mounted ` +
      'wherever that leads. Remove the link from the repository, or the bind from the configuration.',
  )
}
