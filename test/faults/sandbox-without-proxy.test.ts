/** The one way out of a sandbox closes while something inside uses it. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { openSandboxFixture, specOf } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

let fixture: SandboxFixture
let server: Server
let reached = 0

beforeAll(async () => {
  server = createServer((socket) => {
    reached += 1
    // More than the proxy passes on, so that it closes as it does when its call is over.
    socket.on('error', () => {}).write('x'.repeat(100_000))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  fixture = await openSandboxFixture({
    egress: {
      lookup: async () => ['198.51.100.7'],
      dial: () => connect({ host: '127.0.0.1', port }),
      limits: { bytes: 1000 },
    },
  })
})
afterAll(async () => {
  await fixture.close()
  server.close()
})

const ASK =
  'exec 3<>/dev/tcp/127.0.0.1/3128; printf "CONNECT registry.example.org:443 HTTP/1.1\\r\\n\\r\\n" >&3; line=; read -r -t 2 line <&3;'

it('F-39: a proxy that closes while a command runs leaves it no way out, neither through it nor beside it', async () => {
  const command = [
    `(${ASK} echo "before: $line"; cat <&3 >/dev/null)`,
    `(${ASK} echo "after: $line")`,
    '(exec 4<>/dev/tcp/198.51.100.7/443 && echo direct)',
    'echo end',
  ].join('; ')
  const checkout = await fixture.checkout()
  const spec = specOf(checkout, { allowHosts: ['registry.example.org'] })
  const { stdout } = await fixture.sandbox.run(command, spec)
  expect(stdout.replaceAll('\r', '').split('\n')).toEqual([
    'before: HTTP/1.1 200 Connection Established',
    'after: ',
    'end',
    '',
  ])
  expect(reached).toBe(1)
})
