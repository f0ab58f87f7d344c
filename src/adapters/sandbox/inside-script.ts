/** What runs inside before the command: closes stray files, starts the relay to the egress proxy, sets the limits. */
import { availableParallelism } from 'node:os'
import type { Limits } from '../../ports/sandbox.ts'

/** Where things of ours are inside. */
export const INSIDE_NODE = '/opt/millwright/node'
export const INSIDE_SOCKET = '/run/egress.sock'
export const RELAY_PORT = 3128

// Without --die-with-parent's help a descriptor that the app inherited (a log, a lock) would be open inside.
const CLOSE_STRAY_FILES =
  'for f in /proc/self/fd/*; do f=${f##*/}; if [ "$f" -gt 2 ] 2>/dev/null; then eval "exec $f>&-"; fi; done'

// The sandbox has no network but its own loopback; this carries connections from there to the proxy's socket.
const RELAY = `
const net = require('node:net')
net.createServer({ allowHalfOpen: true }, (inside) => {
  const outside = net.connect({ path: '${INSIDE_SOCKET}', allowHalfOpen: true })
  const end = () => { inside.destroy(); outside.destroy() }
  inside.on('error', end).on('close', end).pipe(outside)
  outside.on('error', end).on('close', end).pipe(inside)
}).listen(${RELAY_PORT}, '127.0.0.1', () => process.stdout.write('ready\\n'))
`

// Waiting for the line, and for 10 seconds at most, makes sure that the first request finds the relay listening.
const START_RELAY =
  `read -r -t 10 relay < <(exec /usr/bin/env -i ${INSIDE_NODE} -e ${quoted(RELAY)} </dev/null 2>/dev/null)` +
  ' || { echo "sandbox: the relay to the egress proxy did not start" >&2; exit 125; }; unset relay'

// One file of 1 GiB, 4096 open files: far above what builds need, far below what fills a disk.
const FILE_BLOCKS = 1_048_576
const OPEN_FILES = 4096
// Memory is watched for the whole tree; this only stops a single process that grows faster than the watch looks. Below
// some 600 MB Node 24 aborts at its first child process, because writable memory counts before it is used.
const DATA_FLOOR_KB = 2_097_152

/**
 * The first argument of `bash -c`; it ends by becoming the program in its arguments. Limits that are lower already stay
 * as they are. No limit on address space (-v): Node and WebAssembly reserve far more than they use.
 */
export function insideScript(limits: Limits, network: boolean): string {
  const cpuSeconds = Math.max(1, Math.ceil(limits.seconds)) * availableParallelism()
  const caps: readonly [string, number][] = [
    ['c', 0],
    ['u', limits.processes],
    ['d', Math.max(limits.memoryMb * 1024, DATA_FLOOR_KB)],
    ['f', FILE_BLOCKS],
    ['n', OPEN_FILES],
    // A backstop: the wall clock ends the tree first, unless the app has lost sight of it.
    ['t', cpuSeconds],
  ]
  const set = caps.map(([flag, value]) => `ulimit -${flag} ${value} 2>/dev/null`).join('; ')
  return [CLOSE_STRAY_FILES, ...(network ? [START_RELAY] : []), set, 'exec "$@"'].join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
