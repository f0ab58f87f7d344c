// An app of its own for tests that kill the app or hand it things: runs one command and prints the result as JSON.
import { createBubblewrapSandbox } from '../../src/adapters/sandbox/create-bubblewrap-sandbox.ts'
import { sandboxOwner } from '../../src/adapters/sandbox/state-folder.ts'
import { specOf } from './sandbox-fixture.ts'

const [stateRoot = '', checkout = '', command = ''] = process.argv.slice(2)
const sandbox = createBubblewrapSandbox({
  stateRoot,
  owner: sandboxOwner(),
  toolchain: { binds: [], path: '/usr/bin:/bin' },
  node: process.execPath,
})
const result = await sandbox.run(command, specOf(checkout), {
  onOutput: (chunk) => void process.stderr.write(chunk),
})
process.stdout.write(JSON.stringify(result))
