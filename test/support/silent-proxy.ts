/** A network before PostgreSQL that can fall silent: nothing is forwarded any more, and nobody is told by a close. */
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface SilentProxy {
  /** The same database, through here. */
  readonly url: string
  /** Connections there are stay silent for ever, as after a router forgot them; new ones until `speak`. */
  fallSilent(): void
  speak(): void
  close(): Promise<void>
}

/** `url` as the test server gives it: over the socket in a folder. */
export async function openSilentProxy(url: string): Promise<SilentProxy> {
  const target = new URL(url)
  const path = `${target.searchParams.get('host') ?? ''}/.s.PGSQL.5432`
  const pairs = new Set<readonly [Socket, Socket]>()
  let silent = false
  const server = createServer((near) => {
    const far = createConnection(path)
    const pair = [near, far] as const
    pairs.add(pair)
    for (const socket of pair) socket.on('error', () => undefined)
    if (silent) return
    forward(near, far)
    forward(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `postgresql://${target.username}@127.0.0.1:${port}${target.pathname}`,
    fallSilent() {
      silent = true
      for (const [near, far] of pairs) {
        for (const socket of [near, far]) {
          socket.removeAllListeners('data')
          socket.removeAllListeners('close')
          socket.pause()
        }
      }
    },
    speak: () => void (silent = false),
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** By hand and not by `pipe`, which could not be cut without a close. */
function forward(from: Socket, to: Socket): void {
  from.on('data', (bytes) => void to.write(bytes))
  from.on('close', () => to.destroy())
}
