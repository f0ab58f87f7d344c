/** Builds the classic BPF program that bubblewrap loads just before the command starts. */
import type { SyscallTable } from './syscalls.ts'

// struct seccomp_data: nr at 0, arch at 4, args from 16 on, eight bytes each, low half first on little-endian machines.
const NR = 0
const ARCH = 4
const argument = (index: number) => 16 + 8 * index

// Instruction codes of linux/bpf_common.h.
const LOAD = 0x20
const JUMP_EQUAL = 0x15
const JUMP_AT_LEAST = 0x35
const JUMP_ANY_BIT = 0x45
const RETURN = 0x06

const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const failWith = (errno: number) => 0x00050000 | errno
const EPERM = failWith(1)
const ENOSYS = failWith(38)

// CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET: any new namespace brings capabilities back.
const NEW_NAMESPACE = 0x7e020000
// AF_UNIX (test servers, tsx, Postgres), AF_INET, AF_INET6 (localhost), AF_NETLINK (getaddrinfo, ip).
const FAMILIES = [1, 2, 10, 16]
// Puts characters into the terminal's input queue.
const TIOCSTI = 0x5412

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number]

/** The program as the bytes of `struct sock_filter[]`. */
export function seccompFilter(table: SyscallTable): Buffer {
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCH],
    [JUMP_EQUAL, 1, 0, table.audit],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, NR],
    ...(table.secondAbi === undefined ? [] : returnWhen(JUMP_AT_LEAST, table.secondAbi, EPERM)),
    ...Object.values(table.refused).flatMap((nr) => returnWhen(JUMP_EQUAL, nr, EPERM)),
    // Programs fall back to clone when clone3 is unknown; its flags lie in memory, where a filter cannot look.
    ...returnWhen(JUMP_EQUAL, table.clone3, ENOSYS),
    ...onCall(table.clone, [
      [LOAD, 0, 0, argument(0)],
      ...returnWhen(JUMP_ANY_BIT, NEW_NAMESPACE, EPERM),
      [RETURN, 0, 0, ALLOW],
    ]),
    ...onCall(table.socket, [
      [LOAD, 0, 0, argument(0)],
      ...FAMILIES.flatMap((family) => returnWhen(JUMP_EQUAL, family, ALLOW)),
      [RETURN, 0, 0, EPERM],
    ]),
    ...onCall(table.ioctl, [[LOAD, 0, 0, argument(1)], ...returnWhen(JUMP_EQUAL, TIOCSTI, EPERM)]),
    [RETURN, 0, 0, ALLOW],
  ]
  return encode(program)
}

/** Tests the accumulator and returns a verdict when the test holds. */
function returnWhen(jump: number, operand: number, verdict: number): Instruction[] {
  return [
    [jump, 0, 1, operand],
    [RETURN, 0, 0, verdict],
  ]
}

/** Runs `body` for one call only; the accumulator holds the call's number before it. */
function onCall(nr: number, body: readonly Instruction[]): Instruction[] {
  return [[JUMP_EQUAL, 0, body.length, nr], ...body]
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(ifTrue, index * 8 + 2)
    bytes.writeUInt8(ifFalse, index * 8 + 3)
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4)
  }
  return bytes
}
