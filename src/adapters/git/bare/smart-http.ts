/** Smart HTTP by git's own `http-backend`: this file only speaks CGI with it. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SmartHttpRequest, SmartHttpResponse } from '../../../ports/git-host.ts'
import { GitError, gitStream, type GitProcess } from '../git.ts'

/** What GitHub allows clients, and what it keeps to itself: refs/pull/* cannot be pushed to. */
const SERVER_CONFIG = [
  'uploadpack.allowFilter=true',
  'uploadpack.allowAnySHA1InWant=true',
  'receive.hideRefs=refs/pull',
  'receive.fsckObjects=true',
  'receive.denyDeleteCurrent=refuse',
  'http.uploadpack=true',
]

/** CGI headers are short; a backend that sends more is broken. */
const MAX_HEADER_BYTES = 64 * 1024

export async function smartHttp(dir: string, request: SmartHttpRequest): Promise<SmartHttpResponse> {
  const config = [...SERVER_CONFIG, `http.receivepack=${request.mayWrite}`]
  const running = gitStream(undefined, [...config.flatMap((entry) => ['-c', entry]), 'http-backend'], {
    env: cgiEnv(dir, request),
  })
  // Not awaited: an upload can be larger than what the pipe holds, and the answer may begin before it ends.
  pipeline(Readable.from(request.body), running.stdin).catch(() => {})
  const chunks = running.stdout[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const { head, rest } = await readHead(chunks, running)
  const headers = parseHead(head)
  const status = Number(/^\d+/.exec(headers['status'] ?? '200')?.[0] ?? 200)
  delete headers['status']
  return { status, headers, body: bodyOf(rest, chunks, running) }
}

function cgiEnv(dir: string, request: SmartHttpRequest): Record<string, string> {
  const env: Record<string, string | undefined> = {
    GIT_PROJECT_ROOT: dir,
    GIT_HTTP_EXPORT_ALL: '1',
    REQUEST_METHOD: request.method,
    PATH_INFO: request.pathInfo,
    QUERY_STRING: request.query,
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: request.mayWrite ? 'client' : undefined,
    CONTENT_TYPE: request.contentType,
    HTTP_CONTENT_ENCODING: request.contentEncoding,
    GIT_PROTOCOL: request.protocol,
  }
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >
}

async function readHead(
  chunks: AsyncIterator<Uint8Array>,
  running: GitProcess,
): Promise<{ head: string; rest: Uint8Array }> {
  let read = Buffer.alloc(0)
  for (;;) {
    const end = read.indexOf('\r\n\r\n')
    if (end >= 0) return { head: read.subarray(0, end).toString(), rest: read.subarray(end + 4) }
    const next = await chunks.next()
    if (next.done || read.length > MAX_HEADER_BYTES) {
      running.kill()
      const { code, stderr } = await running.ended
      throw new GitError({ verb: 'http-backend', code, stderr: stderr || 'no answer' })
    }
    read = Buffer.concat([read, next.value])
  }
}

function parseHead(head: string): Record<string, string> {
  const pairs = head.split('\r\n').map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  return Object.fromEntries(pairs)
}

/** Ends only when the backend has: who read it to the end knows that every ref is where it will be. */
async function* bodyOf(
  rest: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  running: GitProcess,
): AsyncGenerator<Uint8Array> {
  try {
    if (rest.length > 0) yield rest
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    await running.ended
  } finally {
    running.kill()
  }
}
