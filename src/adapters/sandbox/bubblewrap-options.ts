/** What the bubblewrap sandbox is told about its machine. */
import type { EgressOptions } from './egress-proxy.ts'
import type { Toolchain } from './find-toolchain.ts'
import type { Owner } from './state-folder.ts'

export interface BubblewrapOptions {
  /** A folder of ours outside every clone, on the way to which the owner may pass. */
  readonly stateRoot: string
  /** `sandboxOwner()`: who sandboxed commands run as, and who owns checkouts. */
  readonly owner: Owner | undefined
  readonly toolchain: Pick<Toolchain, 'binds' | 'path'>
  /** The Node that carries connections to the egress proxy: the app's own. */
  readonly node: string
  /** Of the operator's settings, what network commands need. Never a token. */
  readonly passThrough?: { readonly cafile?: string; readonly npmRegistry?: string }
  readonly egress?: EgressOptions
  /** `bound` in containers whose /proc is masked; then command lines of the container are visible inside. */
  readonly proc?: 'fresh' | 'bound'
  /** Size of each of /tmp, HOME and /dev/shm inside, in memory, gone with the command. */
  readonly tmpfsMb?: number
  readonly bwrap?: string
}
