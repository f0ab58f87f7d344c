/** The way out of a sandbox: what is on the list, and nothing else, however it is asked for. */
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openSandboxFixture, specOf } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

// Names for which the test is the resolver; the addresses are public in form and are dialled here at `server`.
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'registry.example.org': ['198.51.100.7'],
  'cdn.example.org': ['10.0.0.5', '198.51.100.7'],
  'inward.example.org': ['127.0.0.1'],
  'metadata.example.org': ['169.254.169.254'],
  'mapped.example.org': ['::ffff:127.0.0.1'],
}
const ALLOWED = Object.keys(ADDRESSES)

let fixture: SandboxFixture
let checkout: string
let server: Server
let port: number
let connections = 0
const dialled: string[] = []

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1
    socket.on('data', (chunk) => socket.write(`echo:${chunk.toString()}`)).on('error', () => {})
  })
  port = await new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port))
  })
  fixture = await openSandboxFixture({
    egress: {
      lookup: async (host) => ADDRESSES[host] ?? Promise.reject(new Error('no such name')),
      dial: (address, toPort) => {
        dialled.push(`${address}:${toPort}`)
        return connect({ host: '127.0.0.1', port })
      },
      limits: { bytes: 5_000_000, idleMs: 400 },
    },
  })
  checkout = await fixture.checkout()
})
afterAll(async () => {
  await fixture.close()
  server.close()
})

/** Sends lines to the proxy as any program could, and returns the first line of its answer. */
async function ask(head: string, allowHosts = ALLOWED) {
  const command = `exec 3<>/dev/tcp/127.0.0.1/3128; printf '%b' '${head}' >&3; read -r -t 5 line <&3; echo "$line"`
  const result = await fixture.sandbox.run(command, specOf(checkout, { allowHosts }))
  return { line: result.stdout.trim(), refused: result.refusedHosts }
}

describe('the egress proxy from inside', () => {
  it('carries bytes to a host on the list, at the address that was checked', async () => {
    const command =
      'exec 3<>/dev/tcp/127.0.0.1/3128; printf "CONNECT registry.example.org:443 HTTP/1.1\\r\\n\\r\\n" >&3;' +
      ' read -r line <&3; echo "$line"; read -r empty <&3; echo hello >&3; read -r line <&3; echo "$line"'
    const result = await fixture.sandbox.run(command, specOf(checkout, { allowHosts: ALLOWED }))
    expect(result.stdout).toBe('HTTP/1.1 200 Connection Established\r\necho:hello\n')
    expect(dialled.at(-1)).toBe('198.51.100.7:443')
    expect(result.refusedHosts).toEqual([])
  })

  it('dials a public address where a name has private ones too', async () => {
    expect((await ask('CONNECT cdn.example.org:443 HTTP/1.1\\r\\n\\r\\n')).line).toContain('200')
    expect(dialled.at(-1)).toBe('198.51.100.7:443')
  })

  it.each([
    ['another host', 'CONNECT other.example.org:443 HTTP/1.1\\r\\n\\r\\n', 'other.example.org'],
    ['another port', 'CONNECT registry.example.org:22 HTTP/1.1\\r\\n\\r\\n', 'registry.example.org'],
    ['a loopback address', 'CONNECT 127.0.0.1:443 HTTP/1.1\\r\\n\\r\\n', '127.0.0.1:443'],
    ['localhost', 'CONNECT localhost:443 HTTP/1.1\\r\\n\\r\\n', 'localhost:443'],
    ['a decimal address', 'CONNECT 2130706433:443 HTTP/1.1\\r\\n\\r\\n', '2130706433:443'],
    ['a short address', 'CONNECT 127.1:443 HTTP/1.1\\r\\n\\r\\n', '127.1:443'],
    ['an IPv6 address', 'CONNECT [::1]:443 HTTP/1.1\\r\\n\\r\\n', '[::1]:443'],
    ['the metadata service', 'CONNECT 169.254.169.254:80 HTTP/1.1\\r\\n\\r\\n', '169.254.169.254:80'],
    [
      'a forged Host header',
      'CONNECT 127.0.0.1:443 HTTP/1.1\\r\\nHost: registry.example.org\\r\\n\\r\\n',
      '127.0.0.1:443',
    ],
    [
      'a name with user information',
      'CONNECT registry.example.org@127.0.0.1:443 HTTP/1.1\\r\\n\\r\\n',
      undefined,
    ],
    [
      'a listed name that leads to loopback',
      'CONNECT inward.example.org:443 HTTP/1.1\\r\\n\\r\\n',
      'inward.example.org',
    ],
    [
      'a listed name that leads to metadata',
      'CONNECT metadata.example.org:443 HTTP/1.1\\r\\n\\r\\n',
      'metadata.example.org',
    ],
    [
      'a listed name with a mapped address',
      'CONNECT mapped.example.org:443 HTTP/1.1\\r\\n\\r\\n',
      'mapped.example.org',
    ],
    [
      'plain HTTP',
      'GET http://registry.example.org/ HTTP/1.1\\r\\nHost: registry.example.org\\r\\n\\r\\n',
      'registry.example.org',
    ],
  ])('refuses %s and records it', async (_title, head, recorded) => {
    const before = connections
    const { line, refused } = await ask(head)
    expect(line).toMatch(/^HTTP\/1\.1 403 /)
    expect(refused).toHaveLength(1)
    if (recorded !== undefined) expect(refused).toEqual([recorded])
    expect(connections).toBe(before)
  })

  it('does not speak SOCKS', async () => {
    const before = connections
    expect((await ask('\\x05\\x01\\x00')).line).not.toContain('200')
    expect(connections).toBe(before)
  })

  it('says that a name is unknown', async () => {
    expect(
      (await ask('CONNECT lost.example.org:443 HTTP/1.1\\r\\n\\r\\n', ['lost.example.org'])).line,
    ).toContain('502')
  })

  it('closes a connection on which nothing moves', async () => {
    const command =
      'exec 3<>/dev/tcp/127.0.0.1/3128; printf "CONNECT registry.example.org:443 HTTP/1.1\\r\\n\\r\\n" >&3; cat <&3 >/dev/null; echo closed'
    const result = await fixture.sandbox.run(command, specOf(checkout, { allowHosts: ALLOWED }))
    expect(result).toMatchObject({ stdout: 'closed\n', killed: undefined })
    expect(result.ms).toBeLessThan(5000)
  })

  it('stops at its number of bytes', async () => {
    const command =
      'exec 3<>/dev/tcp/127.0.0.1/3128; printf "CONNECT registry.example.org:443 HTTP/1.1\\r\\n\\r\\n" >&3;' +
      ' (head -c 20000000 /dev/zero >&3) 2>/dev/null & wc -c <&3'
    const result = await fixture.sandbox.run(command, specOf(checkout, { allowHosts: ALLOWED }))
    expect(Number(result.stdout)).toBeLessThan(6_000_000)
    expect(Number(result.stdout)).toBeGreaterThan(100_000)
  })

  it('gives each call its own list', async () => {
    const [one, two] = await Promise.all([
      ask('CONNECT registry.example.org:443 HTTP/1.1\\r\\n\\r\\n', ['registry.example.org']),
      ask('CONNECT registry.example.org:443 HTTP/1.1\\r\\n\\r\\n', ['cdn.example.org']),
    ])
    expect([one.line, two.line]).toEqual(['HTTP/1.1 200 Connection Established', 'HTTP/1.1 403 Forbidden'])
  })

  it('brings the CA file and the registry of the operator along, and only where there is network', async () => {
    const cafile = join(fixture.root, 'ca.pem')
    await writeFile(cafile, 'CA OF THE OPERATOR\n', { mode: 0o600 })
    const passing = await openSandboxFixture({
      passThrough: { cafile, npmRegistry: 'https://registry.example.org/' },
    })
    const command =
      'echo "$npm_config_registry $HTTPS_PROXY"; cat "$NODE_EXTRA_CA_CERTS" "$npm_config_cafile"'
    const own = await passing.checkout()
    const online = await passing.sandbox.run(command, specOf(own, { allowHosts: ALLOWED }))
    expect(online.stdout).toBe(
      'https://registry.example.org/ http://127.0.0.1:3128\nCA OF THE OPERATOR\nCA OF THE OPERATOR\n',
    )
    expect((await passing.sandbox.run(command, specOf(own))).stdout).toBe(' \n')
    await passing.close()
    await expect(
      openSandboxFixture({ passThrough: { npmRegistry: 'https://me:secret@registry.example.org/' } }),
    ).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it.each(['127.0.0.1', 'localhost', '*', '*.org', '10.0.0.1:443', 'http://x.org', 'x.localhost', '[::1]'])(
    'refuses %s in a configuration',
    async (entry) => {
      await expect(ask('x', [entry])).rejects.toMatchObject({ code: 'config_invalid' })
    },
  )
})
