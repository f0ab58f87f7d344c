/** Passes an answer of the real endpoint on to the client as it comes, and keeps the client's connection alive before. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Well below the five minutes after which an HTTP client takes a silent connection for dead. */
export const PATIENCE_MS = 15_000

export interface Waiting {
  stop(): void
}

/** While nothing has come from upstream, opens the stream to the client and sends the API's own pings. */
export function keepAlive(res: ServerResponse, everyMs: number): Waiting {
  const timer = setInterval(() => {
    if (!res.headersSent) res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('event: ping\ndata: {"type":"ping"}\n\n')
  }, everyMs)
  res.on('close', () => clearInterval(timer))
  return { stop: () => clearInterval(timer) }
}

function writeHead(answer: IncomingMessage, res: ServerResponse): void {
  const type = answer.headers['content-type'] ?? 'application/json'
  const wait = answer.headers['retry-after']
  res.writeHead(answer.statusCode ?? 502, {
    'content-type': type,
    ...(wait === undefined ? {} : { 'retry-after': wait }),
  })
}

/** Returns the text of a good answer, undefined for an error. The caller ends the response. */
export async function passOn(answer: IncomingMessage, res: ServerResponse): Promise<string | undefined> {
  const good = answer.statusCode === 200
  const pinged = res.headersSent
  if (!pinged) writeHead(answer, res)
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    text += decoder.decode(chunk, { stream: true })
    if (good || !pinged) res.write(chunk)
  }
  // The status can no longer be told, so the error goes as the event that the API itself uses in mid-stream.
  if (!good && pinged) res.write(`event: error\ndata: ${text.replaceAll(/\s*\n\s*/g, ' ')}\n\n`)
  return good ? text : undefined
}
