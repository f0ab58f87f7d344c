import { describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'

interface Rule {
  readonly names: readonly string[]
  readonly action: string
  readonly args?: readonly { readonly index: number; readonly value: number; readonly op: string }[]
  readonly errnoRet?: number
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const profile = JSON.parse(read('deploy/seccomp.json')) as {
  defaultAction: string
  syscalls: readonly Rule[]
}
const freely = new Set(
  profile.syscalls
    .filter(({ action, args }) => action === 'SCMP_ACT_ALLOW' && !args)
    .flatMap(({ names }) => names),
)

describe('the seccomp profile', () => {
  it('refuses whatever it does not name', () => {
    expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO')
  })

  it('allows what bubblewrap needs to build a sandbox without capabilities', () => {
    for (const name of ['clone', 'unshare', 'mount', 'umount2', 'pivot_root', 'sethostname'])
      expect(freely).toContain(name)
  })

  it('allows nothing that loads, traces, or gets past a filter or into another namespace', () => {
    const never =
      'bpf perf_event_open ptrace process_vm_readv kexec_load init_module finit_module delete_module userfaultfd keyctl add_key request_key io_uring_setup io_uring_enter setns chroot open_tree move_mount fsopen fsmount open_by_handle_at reboot swapon settimeofday clock_settime quotactl acct syslog clone3 socket personality'
    expect(never.split(' ').filter((name) => freely.has(name))).toEqual([])
  })

  it('tells the C library that there is no clone3, so that it takes clone', () => {
    const [rule] = profile.syscalls.filter(({ names }) => names.includes('clone3'))
    expect(rule).toMatchObject({ action: 'SCMP_ACT_ERRNO', errnoRet: 38 })
  })

  it('opens sockets of four families', () => {
    const families = profile.syscalls.filter(({ names }) => names.includes('socket')).map(({ args }) => args)
    expect(families).toEqual([1, 2, 10, 16].map((value) => [{ index: 0, value, op: 'SCMP_CMP_EQ' }]))
  })
})

describe('the image', () => {
  it('starts the App, not as root, and keeps what it writes on a volume', () => {
    const lines = read('Dockerfile').split('\n')
    for (const line of [
      'USER node',
      'ENV HOST=0.0.0.0 MILLWRIGHT_STATE=/state MILLWRIGHT_ENV_FILE=/state/.env',
      'VOLUME /state',
      'CMD ["node", "src/app/web/main.ts"]',
    ])
      expect(lines).toContain(line)
  })
})
