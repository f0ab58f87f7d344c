import { describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { USAGE } from '../../src/app/cli/usage.ts'
import { readEnv, VARIABLES } from '../../src/app/env.ts'
import { readWebSettings } from '../../src/app/web/settings.ts'

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

  it('allows what PostgreSQL needs under the state folder', () => {
    for (const name of ['shmget', 'shmat', 'shmctl', 'signalfd4', 'sync_file_range', 'fallocate'])
      expect(freely).toContain(name)
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
      'ENV HOST=0.0.0.0 PORT=3000 MILLWRIGHT_STATE=/state MILLWRIGHT_ENV_FILE=/state/.env',
      'VOLUME /state',
      'ENTRYPOINT ["/app/deploy/entrypoint.sh"]',
      'CMD ["node", "src/app/web/main.ts"]',
    ])
      expect(lines).toContain(line)
  })
})

describe('the entry point', () => {
  const path = fileURLToPath(new URL('../../deploy/entrypoint.sh', import.meta.url))

  it('can be run, and runs any program that is no command of ours', () => {
    expect(statSync(path).mode & 0o111).toBe(0o111)
    expect(execFileSync(path, ['echo', 'as', 'told'], { encoding: 'utf8' })).toBe('as told\n')
  })

  it('knows every command of mill', () => {
    const commands = [...USAGE.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)
    const known = /^([a-z |]+)\) exec node src\/app\/cli\/main\.ts/m.exec(readFileSync(path, 'utf8'))?.[1]
    expect(new Set(known?.split(' | '))).toEqual(new Set(commands))
  })
})

interface Service {
  readonly image: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly env_file?: string
  readonly volumes?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly stop_grace_period?: string
  readonly depends_on?: Readonly<Record<string, { condition: string }>>
  readonly deploy?: { readonly replicas: number }
  readonly healthcheck?: object
}

describe('compose.yaml', () => {
  const text = read('compose.yaml')
  const { services, volumes } = parse(text) as {
    services: Readonly<Record<'database' | 'web' | 'worker', Service>>
    volumes: Readonly<Record<string, null>>
  }
  const ours = [services.web, services.worker]
  const known = new Set(VARIABLES.map(({ name }) => name))

  it('runs both parts of Millwright from one image, on one PostgreSQL, once that answers', () => {
    expect(Object.keys(services)).toEqual(['database', 'web', 'worker'])
    expect(ours.map(({ image, build, command }) => [image, build, command])).toEqual([
      ['millwright', '.', ['web']],
      ['millwright', '.', ['worker']],
    ])
    for (const { depends_on: needs } of ours)
      expect(needs).toEqual({ database: { condition: 'service_healthy' } })
    expect(services.database.healthcheck).toBeDefined()
    expect(services.worker.deploy).toEqual({ replicas: 2 })
  })

  it('sets no variable that we do not read, and asks for none but those and its own password', () => {
    for (const { environment = {} } of ours)
      expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([])
    const asked = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '')
    expect(asked.filter((name) => !known.has(name) && name !== 'POSTGRES_PASSWORD')).toEqual([])
  })

  it('gives the door to the outside all that it needs, and no key', () => {
    const { environment = {}, env_file: file } = services.web
    expect(file).toBeUndefined()
    expect(Object.keys(environment)).toEqual(['DATABASE_URL', 'WEBHOOK_SECRET'])
    const filled = Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{[^}]*\}/g, 'x'),
    ])
    expect(readWebSettings(readEnv(Object.fromEntries(filled) as NodeJS.ProcessEnv)).problems).toEqual([])
  })

  it('names files that are there, and volumes that it declares', () => {
    const profiles = ours.flatMap(({ security_opt: options = [] }) =>
      options.flatMap((option) => (option.startsWith('seccomp:') ? [option.slice(8)] : [])),
    )
    expect(profiles).toEqual(['deploy/seccomp.json'])
    for (const path of [...profiles, 'Dockerfile'])
      expect(existsSync(new URL(`../../${path}`, import.meta.url))).toBe(true)
    const used = Object.values(services).flatMap(({ volumes: mounts = [] }) =>
      mounts.map((mount) => mount.split(':')[0]),
    )
    expect(used).toEqual(Object.keys(volumes))
  })

  it('waits longer for the end of a process than the process waits for its work', () => {
    const { graceMs = 0 } = readWebSettings(readEnv({})).found
    for (const { stop_grace_period: period = '' } of ours)
      expect(Number.parseInt(period, 10) * 1000).toBeGreaterThanOrEqual(graceMs + 10_000)
  })
})
