/** An HTTP server on loopback for one purpose, with what both the recorder and the replay need of it. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Requests hold a whole conversation; far above that something is wrong. */
const MAX_BODY = 64 * 1024 * 1024

export interface Loopback {
  readonly url: string
  close(): Promise<void>
}

export async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new Error(`The request is larger than ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** An error as the Messages API words it. */
export function answerError(
  res: ServerResponse,
  status: number,
  error: { type: string; message: string },
): void {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify({ type: 'error', error }))
}

/** Serves POST /v1/messages on 127.0.0.1; everything else is 404. Port 0 takes any free one. */
export async function serveMessages(
  port: number,
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Promise<Loopback> {
  const server = createServer((req, res) => {
    const path = (req.url ?? '').split('?', 1)[0]
    if (req.method !== 'POST' || path !== '/v1/messages') {
      answerError(res, 404, {
        type: 'not_found_error',
        message: `There is only POST /v1/messages here, not ${req.method} ${path}`,
      })
      return
    }
    handle(req, res).catch(() => res.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
