/**
 * Attempts to get out of the bubblewrap sandbox. Every attempt that is harmless outside is first made outside, where it
 * must succeed: an attempt that cannot work anywhere would prove nothing.
 */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { chmod, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { syscallTable } from '../../src/adapters/sandbox/syscalls.ts'
import { processesWith, uniqueSeconds, waitUntil } from '../support/host-processes.ts'
import { openSandboxFixture, specOf } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

// Root with all its powers: in a container much of this is refused to begin with, and a control would say nothing.
const own = readFileSync('/proc/self/status', 'utf8')
const powers = BigInt(`0x${/^CapEff:\t(\w+)$/m.exec(own)?.[1] ?? '0'}`)
const isRoot =
  process.getuid?.() === 0 && /^Seccomp:\t0$/m.test(own) && (powers & 0x1ffffffffffn) >> 36n === 0x1fn
const table = syscallTable(process.arch)
const RUN_INSIDE = fileURLToPath(new URL('../support/run-inside.ts', import.meta.url))
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

let fixture: SandboxFixture
let checkout: string
let other: string
let server: Server
let port: number
let knocks = 0
let neighbour: ChildProcess
const neighbourSleeps = uniqueSeconds()

beforeAll(async () => {
  fixture = await openSandboxFixture()
  checkout = await fixture.checkout({ 'README.md': 'ours\n' })
  other = await fixture.checkout({ 'README.md': 'of another repository\n' })
  await writeFile(join(fixture.root, 'app.pem'), 'KEY-CANARY\n', { mode: 0o644 })
  await symlink(join(fixture.root, 'app.pem'), join(checkout, 'notes.txt'))
  await chmod(other, 0o777)
  server = createServer((socket) => {
    knocks += 1
    socket.end('REACHED\n')
  })
  port = await new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port))
  })
  // Of the same user as the sandbox: only the sandbox can keep it safe, not file permissions.
  neighbour = spawn('sleep', [neighbourSleeps], {
    env: { PATH, NEIGHBOUR_SECRET: 'ENV-CANARY' },
    ...fixture.owner,
  })
  await waitUntil(async () => (await processesWith(neighbourSleeps)).length === 1)
})
afterAll(async () => {
  neighbour.kill('SIGKILL')
  server.close()
  await fixture.close()
})

/** Whether a command works outside, as the user who runs the tests. */
async function worksOutside(command: string, cwd: string): Promise<boolean> {
  try {
    await promisify(execFile)('/bin/bash', ['-c', command], { cwd, env: { PATH }, timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

async function worksInside(command: string): Promise<boolean> {
  const result = await fixture.sandbox.run(`( ${command} ) && echo WORKED`, specOf(checkout))
  return result.stdout.includes('WORKED')
}

interface Attempt {
  readonly title: string
  readonly command: () => string
  /** Who can do it outside: anybody, only root, or nobody may try (it would harm the machine). */
  readonly outside: 'anybody' | 'root' | 'untried'
}

const attempts: readonly Attempt[] = [
  {
    title: "reading the app's key",
    command: () => `grep -q KEY-CANARY ${fixture.root}/app.pem`,
    outside: 'anybody',
  },
  {
    title: 'reading it through a planted link',
    command: () => 'grep -q KEY-CANARY notes.txt',
    outside: 'anybody',
  },
  {
    title: 'reading another checkout',
    command: () => `grep -q another ${other}/README.md`,
    outside: 'anybody',
  },
  { title: 'listing the state folder', command: () => `ls ${fixture.stateRoot}/kept`, outside: 'anybody' },
  { title: "listing root's home", command: () => 'ls /root/', outside: 'root' },
  { title: 'reading the password file', command: () => 'head -c 1 /etc/shadow', outside: 'root' },
  {
    title: "learning the machine's accounts",
    command: () => 'grep -q "^daemon:" /etc/passwd',
    outside: 'anybody',
  },
  { title: 'writing into another checkout', command: () => `echo x > ${other}/planted`, outside: 'anybody' },
  {
    title: 'writing system programs',
    command: () => 'echo x > /usr/local/bin/mw-planted',
    outside: 'untried',
  },
  { title: 'writing /etc', command: () => 'echo x > /etc/mw-planted', outside: 'untried' },
  { title: 'writing .git/hooks', command: () => 'echo x > .git/hooks/pre-commit', outside: 'anybody' },
  { title: 'writing .git/config', command: () => 'echo "[a]" >> .git/config', outside: 'anybody' },
  {
    title: 'moving .git away',
    command: () => 'mv .git .git-moved && mv .git-moved .git',
    outside: 'anybody',
  },
  { title: 'mounting over .git', command: () => 'mount --bind /tmp .git', outside: 'untried' },
  {
    title: 'reading the environment of other processes',
    command: () => 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -q ENV-CANARY',
    outside: 'anybody',
  },
  {
    title: 'seeing a process outside',
    command: () => `test -e /proc/${neighbour.pid}/cmdline`,
    outside: 'anybody',
  },
  { title: 'signalling a process outside', command: () => `kill -0 ${neighbour.pid}`, outside: 'anybody' },
  { title: 'opening core_pattern', command: () => ': >> /proc/sys/kernel/core_pattern', outside: 'root' },
  { title: 'changing the host name', command: () => 'hostname "$(hostname)"', outside: 'root' },
  { title: 'a new user namespace', command: () => 'unshare -Ur true', outside: 'anybody' },
  { title: 'a new mount namespace', command: () => 'unshare -m true', outside: 'root' },
  { title: 'a nested bubblewrap', command: () => 'bwrap --ro-bind / / true', outside: 'anybody' },
  { title: 'mounting a file system', command: () => 'mount -t tmpfs none /tmp', outside: 'untried' },
  { title: 'remounting the system writable', command: () => 'mount -o remount,rw /usr', outside: 'untried' },
  { title: 'changing root', command: () => 'chroot / true', outside: 'root' },
  { title: 'making a device', command: () => 'mknod disk b 254 0 && rm disk', outside: 'root' },
  {
    title: 'a set-user-id program',
    command: () => 'test "$(su -c "id -u" 2>/dev/null </dev/null)" = 0',
    outside: 'root',
  },
  { title: 'the kernel log', command: () => 'dmesg > /dev/null', outside: 'root' },
  {
    title: 'a TCP port of the machine',
    command: () => `exec 3<>/dev/tcp/127.0.0.1/${port} && grep -q REACHED <&3`,
    outside: 'anybody',
  },
]

describe('from inside the sandbox', () => {
  it.each(attempts.map((attempt) => [attempt.title, attempt] as const))(
    '%s fails',
    async (_title, attempt) => {
      const playground = await fixture.checkout()
      await symlink(join(fixture.root, 'app.pem'), join(playground, 'notes.txt'))
      if (attempt.outside === 'anybody' || (attempt.outside === 'root' && isRoot)) {
        expect(await worksOutside(attempt.command(), playground)).toBe(true)
      }
      const before = knocks
      expect(await worksInside(attempt.command())).toBe(false)
      expect(knocks).toBe(before)
    },
  )

  it('nothing that was written reached the machine', async () => {
    await fixture.sandbox.run(
      `for f in ${fixture.root}/planted /usr/local/bin/mw-planted /etc/mw-planted /tmp/mw-planted-${port}; do echo x > $f; done`,
      specOf(checkout),
    )
    for (const path of [join(fixture.root, 'planted'), '/usr/local/bin/mw-planted', '/etc/mw-planted']) {
      expect(existsSync(path)).toBe(false)
    }
    expect(existsSync(`/tmp/mw-planted-${port}`)).toBe(false)
    expect(await readFile(join(checkout, '.git/config'), 'utf8')).toBe('[core]\n')
  })

  it('killing every process it can leaves the machine alone', async () => {
    await fixture.sandbox.run('kill -9 -1', specOf(checkout))
    expect(await processesWith(neighbourSleeps)).toHaveLength(1)
  })

  it('no capability, no way to gain one, and the filter are in place', async () => {
    const { stdout } = await fixture.sandbox.run('cat /proc/self/status', specOf(checkout))
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(stdout).toMatch(new RegExp(`^${set}:\\t0+$`, 'm'))
    }
    expect(stdout).toMatch(/^NoNewPrivs:\t1$/m)
    expect(stdout).toMatch(/^Seccomp:\t2$/m)
  })

  // Silly arguments, so that a call that gets through fails for another reason than EPERM (1).
  const calls: readonly (readonly [name: string, nr: number, args: string])[] = [
    ['bpf', table?.refused['bpf'] ?? 0, '-1, 0, 0'],
    ['perf_event_open', table?.refused['perf_event_open'] ?? 0, '0, 0, 0, 0, 0'],
    ['keyctl', table?.refused['keyctl'] ?? 0, '9999, 0, 0, 0, 0'],
    ['add_key', table?.refused['add_key'] ?? 0, '0, 0, 0, 0, 0'],
    ['io_uring_setup', table?.refused['io_uring_setup'] ?? 0, '0, 0'],
    ['userfaultfd', table?.refused['userfaultfd'] ?? 0, '-1'],
    ['open_by_handle_at', table?.refused['open_by_handle_at'] ?? 0, '-1, 0, 0'],
    ['mount_setattr', table?.refused['mount_setattr'] ?? 0, '-1, 0, 0, 0, 0'],
    ['socket AF_VSOCK', table?.socket ?? 0, '40, 99, 0'],
    ['socket AF_PACKET', table?.socket ?? 0, '17, 99, 0'],
    ['socket AF_ALG', table?.socket ?? 0, '38, 99, 0'],
  ]
  it.each(calls)('the system call %s is refused', async (_name, nr, args) => {
    const perl = `perl -e '$! = 0; my $r = syscall(${nr}, ${args}); print $r < 0 ? $!+0 : "through"'`
    if (isRoot) {
      const { stdout } = await promisify(execFile)('/bin/bash', ['-c', perl], { env: { PATH } })
      expect(stdout).not.toBe('1')
    }
    expect((await fixture.sandbox.run(perl, specOf(checkout))).stdout).toBe('1')
  })

  it('a call for a namespace through clone is refused, and clone3 does not exist', async () => {
    const clone = `perl -e 'my $r = syscall(${table?.clone}, 0x10000000 | 17, 0, 0, 0, 0); if ($r == 0) { exit 0 } print $r < 0 ? $!+0 : "through"'`
    expect((await fixture.sandbox.run(clone, specOf(checkout))).stdout).toBe('1')
    const clone3 = `perl -e 'my $r = syscall(${table?.clone3}, 0, 0); print $!+0'`
    expect((await fixture.sandbox.run(clone3, specOf(checkout))).stdout).toBe('38')
  })

  it('a file that the app was started with is closed', async () => {
    const command = 'ls /proc/self/fd; cat <&9'
    const child = spawn(process.execPath, [RUN_INSIDE, fixture.stateRoot, checkout, command], {
      stdio: [
        'ignore',
        'pipe',
        'ignore',
        ...Array.from({ length: 6 }, () => 'ignore' as const),
        openSync(join(fixture.root, 'app.pem'), 'r'),
      ],
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await new Promise((done) => child.once('close', done))
    const result = JSON.parse(output) as { stdout: string; stderr: string }
    expect(result.stdout.split('\n').filter((fd) => Number(fd) > 3)).toEqual([])
    expect(output).not.toContain('KEY-CANARY')
    expect(result.stderr).toContain('9: Bad file descriptor')
  })

  it('F-38: nothing survives the app when it is killed', async () => {
    const seconds = uniqueSeconds()
    const child = spawn(
      process.execPath,
      [
        RUN_INSIDE,
        fixture.stateRoot,
        checkout,
        `setsid sleep ${seconds} & nohup sleep ${seconds} & sleep ${seconds}`,
      ],
      { stdio: 'ignore' },
    )
    await waitUntil(async () => (await processesWith(seconds)).length === 3)
    child.kill('SIGKILL')
    await waitUntil(async () => (await processesWith(seconds)).length === 0, 3000)
    expect(await processesWith(seconds)).toEqual([])
  })

  it('commands are not root outside, whoever runs the app', async () => {
    const seconds = uniqueSeconds()
    const pending = fixture.sandbox.run(`timeout 2 sleep ${seconds}; true`, specOf(checkout))
    await waitUntil(async () => (await processesWith(seconds)).length > 0)
    const [pid] = await processesWith(seconds)
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:\\t${fixture.owner?.uid ?? process.getuid?.()}\\t`, 'm'))
    expect(status).not.toMatch(/^Uid:\t0\t/m)
    await pending
  })
})
