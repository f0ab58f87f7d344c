/** Kernel entry points that no build or test needs and that escapes begin with, by number per architecture. */

export interface SyscallTable {
  /** AUDIT_ARCH_* of the calls that are allowed at all; another one (32-bit) means the process is killed. */
  readonly audit: number
  /** First number of a second ABI inside the same architecture (x32), if there is one. */
  readonly secondAbi: number | undefined
  readonly clone: number
  readonly clone3: number
  readonly socket: number
  readonly ioctl: number
  /** Refused with EPERM. */
  readonly refused: Readonly<Record<string, number>>
}

/** The same on every architecture: calls added since Linux 5.1. */
const COMMON = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  mount_setattr: 442,
  quotactl_fd: 443,
} as const

/** Numbers from asm/unistd_64.h. */
const X64: SyscallTable = {
  audit: 0xc000003e,
  secondAbi: 0x40000000,
  clone: 56,
  clone3: 435,
  socket: 41,
  ioctl: 16,
  refused: {
    ...COMMON,
    syslog: 103,
    vhangup: 153,
    pivot_root: 155,
    adjtimex: 159,
    chroot: 161,
    acct: 163,
    settimeofday: 164,
    mount: 165,
    umount2: 166,
    swapon: 167,
    swapoff: 168,
    reboot: 169,
    iopl: 172,
    ioperm: 173,
    init_module: 175,
    delete_module: 176,
    quotactl: 179,
    clock_settime: 227,
    kexec_load: 246,
    add_key: 248,
    request_key: 249,
    keyctl: 250,
    unshare: 272,
    perf_event_open: 298,
    fanotify_init: 300,
    name_to_handle_at: 303,
    open_by_handle_at: 304,
    clock_adjtime: 305,
    setns: 308,
    finit_module: 313,
    kexec_file_load: 320,
    bpf: 321,
    userfaultfd: 323,
  },
}

/** Numbers from asm-generic/unistd.h. Not tried on such a machine: the self-test there is the first trial. */
const ARM64: SyscallTable = {
  audit: 0xc00000b7,
  secondAbi: undefined,
  clone: 220,
  clone3: 435,
  socket: 198,
  ioctl: 29,
  refused: {
    ...COMMON,
    umount2: 39,
    mount: 40,
    pivot_root: 41,
    chroot: 51,
    vhangup: 58,
    quotactl: 60,
    acct: 89,
    unshare: 97,
    kexec_load: 104,
    init_module: 105,
    delete_module: 106,
    clock_settime: 112,
    syslog: 116,
    reboot: 142,
    settimeofday: 170,
    adjtimex: 171,
    add_key: 217,
    request_key: 218,
    keyctl: 219,
    swapon: 224,
    swapoff: 225,
    perf_event_open: 241,
    fanotify_init: 262,
    name_to_handle_at: 264,
    open_by_handle_at: 265,
    clock_adjtime: 266,
    setns: 268,
    finit_module: 273,
    bpf: 280,
    userfaultfd: 282,
    kexec_file_load: 294,
  },
}

/** The table for Node's `process.arch`; undefined where there is none, which means: no sandbox. */
export function syscallTable(arch: string): SyscallTable | undefined {
  if (arch === 'x64') return X64
  if (arch === 'arm64') return ARM64
  return undefined
}
