/**
 * A process of its own, to be killed: at work in a checkout of the repository in argv[3], below the state folder in
 * argv[2], with a sandboxed command that sleeps for argv[4] seconds. Says on stdout where its checkout is.
 */
import { createBubblewrapSandbox } from '../../src/adapters/sandbox/create-bubblewrap-sandbox.ts'
import { findToolchain } from '../../src/adapters/sandbox/find-toolchain.ts'
import { sandboxOwner } from '../../src/adapters/sandbox/state-folder.ts'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'

const [, , stateRoot = '', source = '', seconds = ''] = process.argv
const owner = sandboxOwner()
const toolchain = await findToolchain({
  path: process.env['PATH'] ?? '',
  home: process.env['HOME'] ?? '/',
  owner,
})
const sandbox = createBubblewrapSandbox({ stateRoot, owner, toolchain, node: process.execPath })
const remote = { remote: () => Promise.resolve({ url: `file://${source}`, authorization: undefined }) }
const workspaces = createWorkspaces({ root: stateRoot, remote, sandbox, owner })
const { workspace, commit } = await workspaces.sync({ id: 4711, owner: 'acme', name: 'thing' }, 'main')
const checkout = await workspace.checkout(commit, 'coding')
process.stdout.write(`${checkout.path}\n`)
// Two, one of them a child that its shell does not wait for: what an agent left in the background.
await sandbox.run(`mkdir closed && chmod 0 closed; setsid sleep ${seconds} & sleep ${seconds}`, {
  checkout: checkout.path,
  writable: true,
  allowHosts: [],
  limits: { seconds: 600, memoryMb: 256, processes: 16, outputBytes: 4096 },
})
