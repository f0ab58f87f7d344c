/** The filter, run by a small interpreter of classic BPF, for both architectures. */
import { describe, expect, it } from '@jest/globals'
import { seccompFilter } from '../../../src/adapters/sandbox/seccomp-filter.ts'
import { syscallTable } from '../../../src/adapters/sandbox/syscalls.ts'

const ALLOW = 0x7fff0000
const EPERM = 0x00050001
const ENOSYS = 0x00050026
const KILL = 0x80000000

/** What the kernel would return for one call. */
function verdict(program: Buffer, call: { arch: number; nr: number; args?: readonly number[] }): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(call.nr >>> 0, 0)
  data.writeUInt32LE(call.arch >>> 0, 4)
  for (const [index, value] of (call.args ?? []).entries()) data.writeUInt32LE(value >>> 0, 16 + 8 * index)
  let a = 0
  for (let pc = 0; pc < program.length / 8; pc += 1) {
    const code = program.readUInt16LE(pc * 8)
    const [jt, jf] = [program.readUInt8(pc * 8 + 2), program.readUInt8(pc * 8 + 3)]
    const k = program.readUInt32LE(pc * 8 + 4)
    if (code === 0x06) return k
    if (code === 0x20) a = data.readUInt32LE(k)
    else if (code === 0x15) pc += a === k ? jt : jf
    else if (code === 0x35) pc += a >= k ? jt : jf
    else if (code === 0x45) pc += (a & k) !== 0 ? jt : jf
    else throw new Error(`unknown instruction ${code}`)
  }
  throw new Error('the program has no end')
}

describe.each(['x64', 'arm64'])('the system call filter for %s', (arch) => {
  const table = syscallTable(arch)
  if (table === undefined) throw new Error('no table')
  const program = seccompFilter(table)
  const ask = (nr: number, ...args: number[]) => verdict(program, { arch: table.audit, nr, args })

  it.each(Object.entries(table.refused))('refuses %s', (_name, nr) => {
    expect(ask(nr)).toBe(EPERM)
  })

  it('lets ordinary calls through', () => {
    const used = new Set([
      ...Object.values(table.refused),
      table.clone3,
      table.socket,
      table.clone,
      table.ioctl,
    ])
    for (let nr = 0; nr < 460; nr += 1) if (!used.has(nr)) expect(ask(nr)).toBe(ALLOW)
  })

  it('lets clone make threads and processes, but no namespace', () => {
    expect(ask(table.clone, 0x3d0f00)).toBe(ALLOW)
    expect(ask(table.clone, 17)).toBe(ALLOW)
    for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(ask(table.clone, flag | 17)).toBe(EPERM)
    }
    expect(ask(table.clone3)).toBe(ENOSYS)
  })

  it('lets only local, internet and netlink sockets be made', () => {
    const allowed = Array.from({ length: 46 }, (_, family) => family).filter(
      (family) => ask(table.socket, family) === ALLOW,
    )
    expect(allowed).toEqual([1, 2, 10, 16])
    expect(ask(table.socket, 40)).toBe(EPERM)
  })

  it('refuses to push characters into a terminal', () => {
    expect(ask(table.ioctl, 0, 0x5412)).toBe(EPERM)
    expect(ask(table.ioctl, 0, 0x5413)).toBe(ALLOW)
  })

  it('kills calls of another architecture', () => {
    expect(verdict(program, { arch: 0x40000003, nr: 1 })).toBe(KILL)
  })
})

describe('the tables', () => {
  it('refuse the second ABI of x64', () => {
    const table = syscallTable('x64')
    if (table === undefined) throw new Error('no table')
    expect(verdict(seccompFilter(table), { arch: table.audit, nr: 0x40000000 + 56 })).toBe(EPERM)
  })

  it('name the same calls, but for the two that arm64 does not have', () => {
    const names = (arch: string) => Object.keys(syscallTable(arch)?.refused ?? {}).sort()
    expect(names('x64').filter((name) => !names('arm64').includes(name))).toEqual(['ioperm', 'iopl'])
    expect(names('arm64').filter((name) => !names('x64').includes(name))).toEqual([])
    expect(syscallTable('riscv64')).toBeUndefined()
  })
})
