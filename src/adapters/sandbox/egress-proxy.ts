/** The only way out of a sandbox: a CONNECT proxy on a socket of its own per call, for the hosts of that call. */
import { lookup as resolve } from 'node:dns/promises'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { UserError } from '../../core/errors.ts'
import { egressPolicy, isRefusedAddress } from './egress-policy.ts'
import type { HostCheck } from './egress-policy.ts'
import type { Owner } from './state-folder.ts'

interface EgressLimits {
  /** A connection on which nothing moves for this long is closed. */
  readonly idleMs: number
  /** A connection is closed after this long, whatever moves. */
  readonly totalMs: number
  /** Bytes of one call, both directions and all connections together. */
  readonly bytes: number
  readonly connections: number
}

// A large install moves some hundred megabytes over some ten connections within minutes.
const EGRESS_LIMITS: EgressLimits = {
  idleMs: 60_000,
  totalMs: 900_000,
  bytes: 2 * 1024 ** 3,
  connections: 128,
}

export interface EgressOptions {
  readonly limits?: Partial<EgressLimits>
  /** All addresses of a name; the system's resolver unless given. */
  readonly lookup?: (host: string) => Promise<readonly string[]>
  /** Opens a connection to a checked address. */
  readonly dial?: (address: string, port: number) => Socket
}

export interface EgressProxy {
  readonly socket: string
  /** Hosts that were asked for and refused, each once, in order. */
  refused(): readonly string[]
  close(): Promise<void>
}

export interface EgressPlace {
  readonly stateRoot: string
  readonly owner: Owner | undefined
}

// sun_path of unix(7) has 108 bytes, the last of them zero.
const SOCKET_PATH = 107
// Refused hosts end up in reports: a command that tries thousands of names must not fill them.
const REFUSED_KEPT = 100

export async function openEgressProxy(
  place: EgressPlace,
  allowHosts: readonly string[],
  options: EgressOptions,
): Promise<EgressProxy> {
  const policy = egressPolicy(allowHosts)
  const folder = join(place.stateRoot, 'egress', randomBytes(6).toString('hex'))
  const socket = join(folder, 's')
  if (Buffer.byteLength(socket) > SOCKET_PATH) {
    throw new UserError(
      'sandbox_unavailable',
      `The state folder's path is too long for a socket in it (${socket}). Choose one of at most ${SOCKET_PATH - 23} bytes.`,
    )
  }
  await mkdir(folder, { mode: 0o700 })
  const refused = new Set<string>()
  const tunnels = new Tunnels(policy, options, (host) => {
    if (refused.size < REFUSED_KEPT) refused.add(host)
  })
  const server = createServer((request, response) => {
    tunnels.refusePlain(request)
    response.writeHead(403, { connection: 'close' }).end('Only HTTPS, through CONNECT.\n')
  })
  server.on('connect', (request, client, head) => void tunnels.open(request, { client, head }))
  await listen(server, socket)
  if (place.owner !== undefined) {
    await chown(socket, place.owner.uid, place.owner.gid)
    await chown(folder, place.owner.uid, place.owner.gid)
  }
  await chmod(socket, 0o600)
  return {
    socket,
    refused: () => [...refused],
    close: async () => {
      tunnels.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(path, done)
  })
}

class Tunnels {
  readonly #policy: (target: string) => HostCheck
  readonly #options: EgressOptions
  readonly #limits: EgressLimits
  readonly #onRefused: (host: string) => void
  readonly #open = new Set<Duplex>()
  #connections = 0
  #bytes = 0
  #closed = false

  constructor(
    policy: (target: string) => HostCheck,
    options: EgressOptions,
    onRefused: (host: string) => void,
  ) {
    this.#policy = policy
    this.#options = options
    this.#limits = { ...EGRESS_LIMITS, ...options.limits }
    this.#onRefused = onRefused
  }

  refusePlain(request: IncomingMessage): void {
    this.#onRefused((request.headers.host ?? request.url ?? '').slice(0, 260))
  }

  async open(request: IncomingMessage, from: { client: Duplex; head: Buffer }): Promise<void> {
    const { client } = from
    this.#track(client)
    const check = this.#policy(request.url ?? '')
    if (!check.ok) return this.#refuse(client, check)
    if (this.#connections >= this.#limits.connections) return answer(client, '429 Too Many Connections')
    this.#connections += 1
    client.once('close', () => (this.#connections -= 1))
    const addresses = await this.#addresses(check.host)
    if (addresses === undefined) return answer(client, '502 Name Not Resolved')
    // The address that was checked is the one dialled: a second look-up could answer otherwise.
    const address = addresses.find((one) => !isRefusedAddress(one))
    if (address === undefined) {
      return this.#refuse(client, { ...check, why: 'leads to a private or local address' })
    }
    if (this.#closed || client.destroyed) return
    const dial = this.#options.dial ?? ((host: string, port: number) => connect({ host, port }))
    this.#join(from, dial(address, check.port))
  }

  close(): void {
    this.#closed = true
    for (const stream of this.#open) stream.destroy()
  }

  async #addresses(host: string): Promise<readonly string[] | undefined> {
    try {
      if (this.#options.lookup !== undefined) return await this.#options.lookup(host)
      return (await resolve(host, { all: true })).map((found) => found.address)
    } catch {
      return undefined
    }
  }

  #join({ client, head }: { client: Duplex; head: Buffer }, server: Socket): void {
    this.#track(server)
    const end = () => {
      clearTimeout(total)
      client.destroy()
      server.destroy()
    }
    const total = setTimeout(end, this.#limits.totalMs)
    server.setTimeout(this.#limits.idleMs, end)
    client.once('close', end)
    server.once('close', end)
    server.once('error', () => answer(client, '502 Not Reachable'))
    server.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      if (head.length > 0) server.write(head)
      const count = (chunk: Buffer) => this.#count(chunk.length)
      client.on('data', count).pipe(server)
      server.on('data', count).pipe(client)
    })
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#limits.bytes) this.close()
  }

  #refuse(client: Duplex, { host, why }: { host: string; why: string }): void {
    this.#onRefused(host)
    answer(client, '403 Forbidden', `${host} ${why}.\n`)
  }

  #track(stream: Duplex): void {
    this.#open.add(stream)
    stream.once('close', () => this.#open.delete(stream))
    // The other end may vanish at any time; `close` follows, and does the rest.
    stream.on('error', () => stream.destroy())
  }
}

function answer(client: Duplex, status: string, body = ''): void {
  if (client.destroyed || !client.writable) return
  client.end(
    `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
