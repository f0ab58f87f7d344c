/** Names that changed: GitHub answers reads with 301 and writes with 307, and both arrive. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { Octokit } from '@octokit/rest'
import nock from 'nock'
import { createForge, github, guardNetwork, ISSUE, PATH, rawComment, REPO } from './github-bench.ts'

guardNetwork()

const NEW = '/repositories/1296269'
const to = (path: string): { message: string; url: string; documentation_url: string } => ({
  message: 'Moved Permanently',
  url: `https://api.github.com${path}`,
  documentation_url: 'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api',
})
const moved = (path: string): Record<string, string> => ({ location: `https://api.github.com${path}` })

describe('a renamed repository', () => {
  it('is read under its new name', async () => {
    github()
      .get(`${PATH}/issues/comments/1`)
      .reply(301, to(`${NEW}/issues/comments/1`), moved(`${NEW}/issues/comments/1`))
    github().get(`${NEW}/issues/comments/1`).reply(200, rawComment())
    expect((await createForge().issues.comment(REPO, 1))?.body).toBe('Me too')
  })

  it.each([301, 302, 307, 308])(
    'is written to under its new name, as it was meant, after a %i',
    async (status) => {
      github()
        .post(`${PATH}/issues/1347/comments`)
        .reply(status, to(`${NEW}/issues/1347/comments`), moved(`${NEW}/issues/1347/comments`))
      github()
        .post(`${NEW}/issues/1347/comments`, { body: 'hello' })
        .reply(201, rawComment({ id: 7, body: 'hello' }))
      expect(await createForge().issues.addComment(ISSUE, 'hello')).toMatchObject({ id: 7, body: 'hello' })
    },
  )

  it.each(['PATCH', 'POST'] as const)(
    'takes a %s over the wire with its body and its token',
    async (method) => {
      nock.enableNetConnect('127.0.0.1')
      const seen: string[] = []
      const server = createServer((request, response) => {
        let body = ''
        request.on('data', (chunk) => (body += String(chunk)))
        request.on('end', () => {
          seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
          const moves = request.url?.startsWith('/repos/') === true
          const headers = moves
            ? { location: `/repositories/1${request.url?.slice(PATH.length)}` }
            : { 'content-type': 'application/json' }
          response.writeHead(moves ? 301 : 200, headers).end(JSON.stringify(rawComment()))
        })
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const client = new Octokit({ auth: 'installation-token', baseUrl: `http://127.0.0.1:${port}` })
      const { issues } = createForge(client)
      await (method === 'POST' ? issues.addComment(ISSUE, 'x') : issues.editComment(REPO, 7, 'x'))
      const path = method === 'POST' ? '/issues/1347/comments' : '/issues/comments/7'
      expect(seen).toEqual([
        `${method} ${PATH}${path} token installation-token {"body":"x"}`,
        `${method} /repositories/1${path} token installation-token {"body":"x"}`,
      ])
      await new Promise((resolve) => server.close(resolve))
    },
  )

  it.each([
    ['another host', { location: 'https://evil.example.com/x' }, 'evil.example.com'],
    ['no address', {}, 'nowhere'],
  ])('that sends a write to %s gets neither the text nor the token', async (_what, headers, host) => {
    github().post(`${PATH}/issues/1347/comments`).reply(307, {}, headers)
    await expect(createForge().issues.addComment(ISSUE, 'x')).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message: `GitHub sends us on to ${host} instead of writing, and nothing was written. Check the forge's address.`,
    })
  })

  it('that sends a write in circles is given up on', async () => {
    const path = `${PATH}/issues/1347/comments`
    github().post(path).times(4).reply(307, to(path), moved(path))
    await expect(createForge().issues.addComment(ISSUE, 'x')).rejects.toMatchObject({
      name: 'UserError',
      message:
        "GitHub sends us on to api.github.com instead of writing, and nothing was written. Check the forge's address.",
    })
  })
})
