/** An agent's shell has no way out: not to this machine's servers, and not through the proxy that set-up commands get. */
import { once } from 'node:events'
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { buildToolHost } from '../../scripts/build-tool-host.ts'
import { RELAY_PORT } from '../../src/adapters/sandbox/inside-script.ts'
import { keepCopy, prepareStateFolder } from '../../src/adapters/sandbox/state-folder.ts'
import { createToolHosts } from '../../src/adapters/tool-host/create-tool-hosts.ts'
import { TOOL_NAMES } from '../../src/ports/tools.ts'
import type { ToolHost, ToolHosts } from '../../src/ports/tools.ts'
import { openSandboxFixture, specOf } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

const OPEN = new AbortController().signal
const NAME = 'registry.npmjs.org'

let fixture: SandboxFixture
let hosts: ToolHosts
let checkout: string
let host: ToolHost
let server: Server
let port: number
/** Connections to a server of this machine, and names that somebody asked to be resolved. */
let reached = 0
const lookedUp: string[] = []

beforeAll(async () => {
  server = createServer((socket) => {
    reached += 1
    socket.on('error', () => {}).end('reached\n')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
  fixture = await openSandboxFixture({
    egress: {
      lookup: async (name) => {
        lookedUp.push(name)
        return ['198.51.100.7']
      },
      dial: () => connect({ host: '127.0.0.1', port }),
      limits: { bytes: 100_000, idleMs: 400 },
    },
  })
  await prepareStateFolder(fixture.stateRoot)
  const folder = await mkdtemp(join(tmpdir(), 'mw-build-'))
  await buildToolHost(join(folder, 'tool-host.mjs'))
  hosts = createToolHosts({
    sandbox: fixture.sandbox,
    bundle: await keepCopy(fixture.stateRoot, join(folder, 'tool-host.mjs')),
    node: await keepCopy(fixture.stateRoot, process.execPath),
  })
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  reached = 0
  lookedUp.length = 0
  checkout = await fixture.checkout()
  host = await hosts.open({ path: checkout, commit: '0'.repeat(40) }, { allowed: TOOL_NAMES, signal: OPEN })
})
afterEach(() => host.close())
afterAll(async () => {
  await fixture.close()
  server.close()
})

const bash = async (command: string): Promise<string> => (await host.call('bash', { command }, OPEN)).content

/** Prints what a server says first, or that there was no connection. */
const greet = (address: string, to: number): string =>
  `(exec 3<>/dev/tcp/${address}/${to} && read -r -t 5 line <&3 && echo "$line") 2>/dev/null || echo 'no connection'`

/** Asks the proxy for a name that a set-up command may have on its list. */
const throughProxy =
  `(exec 3<>/dev/tcp/127.0.0.1/${RELAY_PORT} && printf 'CONNECT ${NAME}:443 HTTP/1.1\\r\\n\\r\\n' >&3 && ` +
  `read -r -t 5 line <&3 && echo "$line") 2>/dev/null || echo 'no connection'`

describe("an agent's shell", () => {
  it('reaches no server of this machine', async () => {
    const here = connect({ host: '127.0.0.1', port }).resume()
    await once(here, 'close')
    expect(reached).toBe(1)
    expect(await bash(greet('127.0.0.1', port))).toBe('no connection')
    expect(await bash(greet('localhost', port))).toBe('no connection')
    expect(reached).toBe(1)
  })

  it('has no proxy, where a set-up command with a list has one', async () => {
    const spec = specOf(checkout, { allowHosts: [NAME] })
    const { stdout } = await fixture.sandbox.run(throughProxy, spec)
    expect([stdout.trim(), lookedUp]).toEqual(['HTTP/1.1 200 Connection Established', [NAME]])
    lookedUp.length = 0
    reached = 0
    expect(await bash(throughProxy)).toBe('no connection')
    expect(await bash('env | grep -i proxy')).toBe('[exit code 1]')
    expect([lookedUp, reached]).toEqual([[], 0])
  })

  it('has no network interface but its own loopback, and resolves no name', async () => {
    expect(await bash("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).toBe('lo')
    expect(await bash(`getent hosts ${NAME} || echo unresolved`)).toBe('unresolved')
    expect(await bash(greet('198.51.100.7', 443))).toBe('no connection')
  })
})
