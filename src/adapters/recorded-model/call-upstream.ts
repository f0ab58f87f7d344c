/** Asks the real endpoint and waits as long as it takes: a person who answers by hand thinks longer than any timeout. */
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface UpstreamCall {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

/** Not `fetch`, which gives up when no header came for five minutes. Rejects when the endpoint cannot be reached. */
export function callUpstream(url: URL, { headers, body, signal }: UpstreamCall): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers, signal }, resolve)
    call.on('error', reject)
    call.end(body)
  })
}
