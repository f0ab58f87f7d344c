/** Fetching: incrementally, one branch, and with a token that is nowhere to be found. */
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { access, filesWith, runningCommands, serveOneAnswer, TOKEN } from './one-answer.ts'
import type { OneAnswer } from './one-answer.ts'
import { createBench, createSource, REPO, removeBench } from './source-repository.ts'
import type { Bench } from './source-repository.ts'

const benches: Bench[] = []
const servers: OneAnswer[] = []
afterEach(async () => {
  benches.splice(0).forEach(removeBench)
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

function bench(options: Parameters<typeof createBench>[0] = {}): Bench {
  const made = createBench(options)
  benches.push(made)
  return made
}

async function serve(...answer: Parameters<typeof serveOneAnswer>): Promise<OneAnswer> {
  const server = await serveOneAnswer(...answer)
  servers.push(server)
  return server
}

describe('the mirror', () => {
  it('fetches a branch whatever it is called, and later only what is new', async () => {
    const made = bench({ source: createSource('trunk/next') })
    const first = made.source.commit({ a: '1' })
    expect((await made.workspaces.sync(REPO, 'trunk/next')).commit).toBe(first)
    const second = made.source.commit({ b: '2' })
    made.source.git('tag', 'v1')
    made.source.git('branch', 'other')
    const { workspace, commit } = await made.workspaces.sync(REPO, 'trunk/next')
    expect(commit).toBe(second)
    expect((await workspace.files(commit)).map((file) => file.path)).toEqual(['a', 'b'])
    const mirror = join(made.root, 'mirrors', `${REPO.id}.git`)
    const refs = execFileSync('git', ['-C', mirror, 'for-each-ref', '--format=%(refname)'], {
      encoding: 'utf8',
    })
    expect(refs.trim().split('\n')).toEqual([expect.stringMatching(/^refs\/synced\/[0-9a-f]{64}$/)])
  })

  it('follows a branch that was forced back, and one whose name became a folder', async () => {
    const made = bench({ source: createSource('a') })
    const first = made.source.commit({ f: '1' })
    made.source.commit({ f: '2' })
    await made.workspaces.sync(REPO, 'a')
    made.source.git('reset', '-q', '--hard', first)
    expect((await made.workspaces.sync(REPO, 'a')).commit).toBe(first)
    made.source.git('branch', '-m', 'a/b')
    expect((await made.workspaces.sync(REPO, 'a/b')).commit).toBe(first)
  })

  it('serves several runs of one repository at once', async () => {
    const made = bench()
    const commit = made.source.commit({ f: '1' })
    const all = await Promise.all(Array.from({ length: 4 }, () => made.workspaces.sync(REPO, 'main')))
    expect(all.map((each) => each.commit)).toEqual(Array.from({ length: 4 }, () => commit))
    const opened = await made.workspaces.open(REPO)
    expect((await opened.files(commit)).map((file) => file.path)).toEqual(['f'])
  })

  it('waits for another process that holds the ref of a branch, and not for one that was killed', async () => {
    const made = bench()
    made.source.commit({ f: '1' })
    await made.workspaces.sync(REPO, 'main')
    const mirror = join(made.root, 'mirrors', `${REPO.id}.git`)
    const [ref = ''] = readdirSync(join(mirror, 'refs', 'synced'))
    const lock = join(mirror, 'refs', 'synced', `${ref}.lock`)
    writeFileSync(lock, '')
    const second = made.source.commit({ f: '2' })
    const synced = made.workspaces.sync(REPO, 'main')
    setTimeout(() => rmSync(lock), 300)
    expect((await synced).commit).toBe(second)

    writeFileSync(lock, '')
    utimesSync(lock, 0, 0)
    const third = made.source.commit({ f: '3' })
    expect((await made.workspaces.sync(REPO, 'main')).commit).toBe(third)
  })

  it('says that a repository is empty, and which branch is missing otherwise', async () => {
    const made = bench()
    await expect(made.workspaces.sync(REPO, 'main')).rejects.toMatchObject({
      name: 'UserError',
      code: 'repository_empty',
      message: 'acme/thing has no commit yet. Push a first commit, then start again.',
    })
    made.source.commit({ f: '1' })
    await expect(made.workspaces.sync(REPO, 'release')).rejects.toMatchObject({
      code: 'forge_refused',
      message: 'acme/thing has no branch `release`. Push it, or name another.',
    })
    await expect(made.workspaces.sync(REPO, 'a:b')).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it.each([401, 403, 404])('names the missing permission when the remote answers %i', async (status) => {
    const remote = await serve(status)
    const made = bench({ remote: access(remote.url) })
    await expect(made.workspaces.sync(REPO, 'main')).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message: expect.stringContaining('Contents: read'),
    })
  })

  it.each([500, 502, 429])('says "later" when the remote answers %i', async (status) => {
    const remote = await serve(status)
    const made = bench({ remote: access(remote.url) })
    await expect(made.workspaces.sync(REPO, 'main')).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'forge_unavailable',
    })
  })

  it('says "later" when nobody answers', async () => {
    const remote = await serve(200)
    await remote.close()
    const made = bench({ remote: access(remote.url) })
    await expect(made.workspaces.sync(REPO, 'main')).rejects.toMatchObject({ name: 'RetryableError' })
  })

  it('sends the token to the remote, and leaves it in no argument, file or message', async () => {
    const remote = await serve(403)
    const argv: string[] = []
    remote.onRequest.push(() => argv.push(...runningCommands()))
    const made = bench({ remote: access(remote.url) })
    const failure = await made.workspaces.sync(REPO, 'main').catch((error: unknown) => error)
    expect(remote.seen.map((headers) => headers.authorization)).toContain(`Basic ${TOKEN}`)
    expect(argv.some((line) => line.includes('fetch') && line.includes(remote.url))).toBe(true)
    expect(argv.filter((line) => line.includes(TOKEN))).toEqual([])
    expect(filesWith(made.root, TOKEN)).toEqual([])
    expect(filesWith(made.root, 'quotePath').length).toBeGreaterThan(0)
    const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : undefined
    expect(cause).toBeDefined()
    expect(`${String(failure)} ${String(cause)}`).not.toContain(TOKEN)
  })

  it('carries the token to no other host by a redirect', async () => {
    const elsewhere = await serve(200)
    const remote = await serve(302, {
      headers: { location: `${elsewhere.url}/info/refs?service=git-upload-pack` },
    })
    const made = bench({ remote: access(remote.url) })
    await expect(made.workspaces.sync(REPO, 'main')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('renamed or moved'),
    })
    expect(elsewhere.seen).toEqual([])
  })

  it('goes through the proxy it is given, whose password is in no argument either', async () => {
    const proxy = await serve(403)
    const argv: string[] = []
    proxy.onRequest.push(() => argv.push(...runningCommands()))
    const made = bench({
      remote: access('http://github.invalid/acme/thing.git'),
      proxy: proxy.url.replace('http://', 'http://me:hushhush@').replace(/\/acme.*/, ''),
    })
    await expect(made.workspaces.sync(REPO, 'main')).rejects.toMatchObject({ name: 'UserError' })
    expect(proxy.seen[0]?.host).toBe('github.invalid')
    expect(argv.some((line) => line.includes('github.invalid'))).toBe(true)
    expect(argv.filter((line) => line.includes('hushhush'))).toEqual([])
  })

  it('refuses a remote whose URL holds credentials', async () => {
    const made = bench({ remote: access('https://x:secret@example.invalid/a.git') })
    const failure = await made.workspaces.sync(REPO, 'main').catch((error: unknown) => String(error))
    expect(failure).toContain('the remote URL carries credentials')
    expect(failure).not.toContain('secret')
  })
})
