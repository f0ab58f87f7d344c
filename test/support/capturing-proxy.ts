/** Passes every request on unchanged and keeps its bytes, and those of the answer. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from '../../src/adapters/recorded-model/loopback-server.ts'

export interface CapturingProxy {
  readonly url: string
  readonly seen: { request: string; answer: string }[]
  close(): Promise<void>
}

export async function startCapturingProxy(upstream: string): Promise<CapturingProxy> {
  const seen: { request: string; answer: string }[] = []
  const server = createServer((req, res) => {
    const pass = async (): Promise<void> => {
      const request = await readBody(req)
      const named = Object.entries(req.headers).filter(
        ([name]) => name.startsWith('x-') || name === 'content-type',
      )
      const headers = Object.fromEntries(named.map(([name, value]) => [name, String(value)]))
      const response = await fetch(`${upstream}${req.url}`, { method: 'POST', headers, body: request })
      const answer = await response.text()
      seen.push({ request, answer })
      res.writeHead(response.status, { 'content-type': response.headers.get('content-type') ?? '' })
      res.end(answer)
    }
    void pass()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
