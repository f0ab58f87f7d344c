import { describe, expect, it } from '@jest/globals'
import type { Exchange } from '../../src/adapters/local-forge/serve.ts'
import { githubSchema } from './github-schema.ts'

const schema = githubSchema()
const exchange = (parts: Partial<Exchange>): Exchange => ({
  method: 'POST',
  path: '/repos/acme/widget/git/blobs',
  route: '/repos/{owner}/{repo}/git/blobs',
  status: 201,
  notModified: false,
  by: 'alice',
  query: new URLSearchParams(),
  requestBody: { content: 'x' },
  responseBody: { sha: 'x', url: 'http://localhost/x' },
  ...parts,
})

describe('githubSchema', () => {
  it('lets pass what is as described and remembers it', () => {
    schema.exchange(exchange({}))
    expect([...schema.seen]).toEqual(['POST /repos/{owner}/{repo}/git/blobs 201'])
  })

  it('refuses an answer without a required field', () => {
    expect(() => schema.exchange(exchange({ responseBody: { url: 'x' } }))).toThrow(
      "response of POST /repos/acme/widget/git/blobs 201: data must have required property 'sha'",
    )
  })

  it('refuses an answer of the wrong type, however deep', () => {
    const page = exchange({
      method: 'GET',
      route: '/repos/{owner}/{repo}/issues/{issue_number}/labels',
      status: 200,
      requestBody: undefined,
      responseBody: [
        { id: 1, node_id: 'x', url: 'x', name: 7, description: null, color: 'x', default: false },
      ],
    })
    expect(() => schema.exchange(page)).toThrow('data/0/name must be string')
  })

  it('refuses a request that GitHub would not understand', () => {
    expect(() => schema.exchange(exchange({ requestBody: { content: 7 } }))).toThrow('request of POST')
  })

  it('refuses routes and statuses that GitHub does not have', () => {
    expect(() => schema.exchange(exchange({ route: '/nothing' }))).toThrow("is not in GitHub's description")
    expect(() => schema.exchange(exchange({ status: 200 }))).toThrow('has no such status')
  })

  it('refuses a refusal without a message', () => {
    expect(() => schema.exchange(exchange({ status: 422, responseBody: { message: 7 } }))).toThrow(
      'message must be string',
    )
  })

  it('refuses webhooks of a wrong shape or name', () => {
    expect(() => schema.webhook('issues', { action: 'labeled' })).toThrow("required property 'issue'")
    expect(() => schema.webhook('issues', { action: 'painted' })).toThrow('no webhook issues-painted')
  })
})
