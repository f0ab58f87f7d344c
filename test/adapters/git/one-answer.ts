/** A remote that gives one answer to everything, and where a token must not be found. */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { GitAccess } from '../../../src/ports/forge.ts'

export interface OneAnswer {
  readonly url: string
  readonly seen: readonly IncomingHttpHeaders[]
  readonly onRequest: (() => void)[]
  close(): Promise<void>
}

/** Serves one answer to every request and remembers what came. */
export async function serveOneAnswer(
  status: number,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<OneAnswer> {
  const seen: IncomingHttpHeaders[] = []
  const onRequest: (() => void)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    for (const each of onRequest) each()
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}/acme/thing.git`, seen, onRequest, close }
}

export const TOKEN = 'dGhpcyBpcyBzZWNyZXQ='
export const access = (url: string): GitAccess => ({
  remote: () => Promise.resolve({ url, authorization: `Basic ${TOKEN}` }),
})

/** Command lines of all processes, as anybody on this machine can read them. */
export function runningCommands(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
}

export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'latin1').includes(text))
}
