/** A run's commits on another machine: pushed by one, fetched by another, and gone when the run is over. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Workspace } from '../../../src/ports/workspace.ts'
import { counted } from './counted.ts'
import { access, filesWith, runningCommands, serveOneAnswer, TOKEN } from './one-answer.ts'
import type { OneAnswer } from './one-answer.ts'
import { createBench, createSource, REPO, removeBench } from './source-repository.ts'
import type { Bench } from './source-repository.ts'

const RUN = 'abcdef1234'
const REF = `refs/millwright/${RUN}`

const benches: Bench[] = []
const servers: OneAnswer[] = []
afterEach(async () => {
  benches.splice(0).forEach(removeBench)
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

interface Machine extends Bench {
  readonly workspace: Workspace
  readonly base: string
  readonly mirror: string
  /** A commit on the base that nothing but the mirror has. */
  readonly made: (text: string) => Promise<string>
  readonly git: (...args: string[]) => string
}

/** Several machines can have one source. */
async function machine(options: Parameters<typeof createBench>[0] = {}): Promise<Machine> {
  const source = options.source ?? createSource()
  if (options.source === undefined) source.commit({ 'lib/a.js': 'a\n' })
  const bench = createBench({ ...options, source })
  benches.push(bench)
  const base = source.git('rev-parse', 'main')
  const { workspace } = options.remote
    ? { workspace: await bench.workspaces.open(REPO) }
    : await bench.workspaces.sync(REPO, 'main')
  const mirror = join(bench.root, 'mirrors', `${REPO.id}.git`)
  return {
    ...bench,
    workspace,
    base,
    mirror,
    made: (text) => workspace.withFiles(base, [{ path: 'lib/new.js', content: Buffer.from(text) }]),
    git: (...args) => source.git('--git-dir', mirror, ...args),
  }
}

async function serve(...answer: Parameters<typeof serveOneAnswer>): Promise<OneAnswer> {
  const server = await serveOneAnswer(...answer)
  servers.push(server)
  return server
}

/** A machine whose mirror has a run to share, and whose forge answers only this. */
async function facing(remote: OneAnswer): Promise<Machine> {
  const source = createSource()
  source.commit({ f: '1' })
  const local = createBench({ source })
  benches.push(local)
  const { workspace, commit } = await local.workspaces.sync(REPO, 'main')
  await workspace.keep(RUN, [commit])
  // The same state folder, reached by another address.
  const bench = createBench({ source, remote: access(remote.url), root: local.root })
  const there = await bench.workspaces.open(REPO)
  return {
    ...bench,
    workspace: there,
    base: commit,
    mirror: join(local.root, 'mirrors', `${REPO.id}.git`),
    made: () => Promise.resolve(commit),
    git: (...args) => source.git(...args),
  }
}

const allOf = (workspace: Workspace): ((run: string) => Promise<unknown>)[] => [
  (run) => workspace.share(run),
  (run) => workspace.fetchShared(run),
  (run) => workspace.drop(run, true),
]

function hook(bench: Bench, script: string): void {
  const folder = join(bench.source.folder, '.git', 'hooks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'pre-receive'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'pre-receive'), 0o755)
}

describe("a run's commits", () => {
  it('are on another machine what they are here, with all that they reach', async () => {
    const here = await machine()
    const [first, second] = [await here.made('1'), await here.made('2')]
    await here.workspace.keep(RUN, [here.base, first])
    await here.workspace.keep(RUN, [second])
    await here.workspace.share(RUN)
    expect(here.source.git('rev-parse', REF)).toBe(here.git('rev-parse', REF))

    const bench = createBench({ source: here.source })
    benches.push(bench)
    // Nothing was fetched there before: the chain brings its base along.
    const there = await bench.workspaces.open(REPO)
    expect(await there.has(here.base, first, second)).toBe(false)
    expect(await there.fetchShared(RUN)).toBe(true)
    expect(await there.has(here.base, first, second)).toBe(true)
    const text = await there.read(second, 'lib/new.js', 100)
    expect(Buffer.from(text ?? []).toString()).toBe('2')
  })

  it('that the forge has are not sent again, though its branches moved on to what is not here', async () => {
    const here = await machine()
    for (let index = 0; index < 5; index += 1) here.source.commit({ [`later${index}.js`]: `${index}\n` })
    // So that what arrives stays together, and can be counted.
    here.source.git('config', 'receive.unpackLimit', '1')
    const packs = join(here.source.folder, '.git', 'objects', 'pack')
    await here.workspace.keep(RUN, [here.base, await here.made('1')])
    await here.workspace.share(RUN)
    const indexes = readdirSync(packs).filter((name) => name.endsWith('.idx'))
    expect(indexes).toHaveLength(1)
    const listed = here.source.git('verify-pack', '-v', join(packs, indexes[0] ?? ''))
    const sent = listed.split('\n').filter((line) => /^[0-9a-f]{40} (?:commit|tree|blob)/.test(line))
    // Two commits (the change, and what keeps it), two trees and the new file; the base's own objects stay here.
    const kinds = sent.map((line) => line.split(' ')[1] ?? '')
    expect(counted(kinds)).toEqual({ blob: 1, commit: 2, tree: 2 })
    await here.workspace.share(RUN)
    expect(readdirSync(packs).filter((name) => name.endsWith('.idx'))).toEqual(indexes)
  })

  it('of two machines are put together, whoever comes second', async () => {
    const here = await machine()
    const there = await machine({ source: here.source })
    const [one, two] = [await here.made('one'), await there.made('two')]
    await here.workspace.keep(RUN, [one])
    await there.workspace.keep(RUN, [two])
    await here.workspace.share(RUN)
    await there.workspace.share(RUN)
    expect(await there.workspace.has(one, two)).toBe(true)
    expect(await here.workspace.fetchShared(RUN)).toBe(true)
    expect(await here.workspace.has(one, two)).toBe(true)
    const tip = here.git('rev-parse', REF)
    expect([there.git('rev-parse', REF), here.source.git('rev-parse', REF)]).toEqual([tip, tip])
    // Nothing new is no new commit.
    await here.workspace.fetchShared(RUN)
    expect(here.git('rev-parse', REF)).toBe(tip)
  })

  it('that were kept here after they were shared stay, whatever is fetched', async () => {
    const here = await machine()
    await here.workspace.keep(RUN, [await here.made('1')])
    await here.workspace.share(RUN)
    const later = await here.made('2')
    await here.workspace.keep(RUN, [later])
    const tip = here.git('rev-parse', REF)
    expect(await here.workspace.fetchShared(RUN)).toBe(true)
    expect(here.git('rev-parse', REF)).toBe(tip)
  })

  it('of which nothing was kept are neither shared nor found', async () => {
    const { workspace, source } = await machine()
    await workspace.share(RUN)
    expect(source.git('for-each-ref', 'refs/millwright')).toBe('')
    expect(await workspace.fetchShared(RUN)).toBe(false)
  })

  it('are gone here and at the forge when they are dropped, and dropping them again is no mistake', async () => {
    const { workspace, source, git, made } = await machine()
    await workspace.keep(RUN, [await made('1')])
    await workspace.keep('otherrun01', [await made('1')])
    await workspace.share(RUN)
    await workspace.drop(RUN, false)
    expect(git('for-each-ref', '--format=%(refname)', 'refs/millwright')).toBe('refs/millwright/otherrun01')
    expect(source.git('for-each-ref', '--format=%(refname)', 'refs/millwright')).toBe(REF)
    await workspace.drop(RUN, true)
    await workspace.drop(RUN, true)
    expect(source.git('for-each-ref', 'refs/millwright')).toBe('')
    expect(await workspace.fetchShared(RUN)).toBe(false)
  })

  it('are not mixed with what somebody else put under their name that is no commit', async () => {
    const here = await machine()
    here.source.git('update-ref', REF, here.source.git('rev-parse', 'main:lib/a.js'))
    expect(await here.workspace.fetchShared(RUN)).toBe(false)
    const made = await here.made('1')
    await here.workspace.keep(RUN, [here.base, made])
    expect(here.git('merge-base', '--is-ancestor', made, REF)).toBe('')
    await expect(here.workspace.share(RUN)).rejects.toThrow('it will be tried again')
  })

  it('are named by nothing that could be a path', async () => {
    const { workspace } = await machine()
    for (const act of allOf(workspace)) await expect(act('../heads/main')).rejects.toThrow()
  })
})

describe('a forge that does not take them', () => {
  it('F-42: is quoted without its escapes, and not asked again', async () => {
    const made = await machine()
    hook(
      made,
      `echo asked >> '${made.source.folder}/asked'
printf 'error: GH013: Repository rule violations found for ${REF}.\\n\\n- GITHUB PUSH PROTECTION\\n  \\033[31mPush cannot contain secrets\\033[0m\\n' >&2
exit 1`,
    )
    await made.workspace.keep(RUN, [await made.made('1')])
    await expect(made.workspace.share(RUN)).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message: `acme/thing does not take \`${REF}\`. It says: pre-receive hook declined error: GH013: Repository rule violations found for ${REF}. - GITHUB PUSH PROTECTION Push cannot contain secrets`,
    })
    expect(filesWith(made.source.folder, 'asked\nasked')).toEqual([])
    expect(filesWith(made.source.folder, 'asked\n').length).toBeGreaterThan(0)
  })

  it('is not quoted at length', async () => {
    const made = await machine()
    hook(made, `for n in 1 2 3 4 5 6 7 8 9; do head -c 150 /dev/zero | tr '\\0' x; echo; done >&2; exit 1`)
    await made.workspace.keep(RUN, [await made.made('1')])
    const failure: unknown = await made.workspace.share(RUN).catch((error: unknown) => error)
    expect(failure).toMatchObject({ message: expect.stringMatching(/x…$/) })
    expect(String(failure).length).toBeLessThan(720)
  })

  it.each([401, 403, 404])('lacks the permission where it answers %i', async (status) => {
    const { workspace } = await facing(await serve(status))
    const refused = {
      name: 'UserError',
      code: 'forge_refused',
      message:
        'acme/thing could not be pushed to. The App needs the permission "Contents: write" and must be installed on this repository.',
    }
    await expect(workspace.share(RUN)).rejects.toMatchObject(refused)
    await expect(workspace.drop(RUN, true)).rejects.toMatchObject(refused)
    await expect(workspace.fetchShared(RUN)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('Contents: read'),
    })
  })

  it('is archived', async () => {
    const body = 'This repository was archived so it is read-only.\n'
    const { workspace } = await facing(await serve(403, { headers: { 'content-type': 'text/plain' }, body }))
    await expect(workspace.share(RUN)).rejects.toMatchObject({
      name: 'UserError',
      code: 'repository_archived',
      message: 'acme/thing was archived, so nothing can be pushed to it.',
    })
  })

  it('has moved, and its token is carried nowhere', async () => {
    const elsewhere = await serve(200)
    const location = `${elsewhere.url}/info/refs?service=git-receive-pack`
    const { workspace } = await facing(await serve(302, { headers: { location } }))
    await expect(workspace.share(RUN)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('renamed or moved'),
    })
    expect(elsewhere.seen).toEqual([])
  })

  it.each([
    [429, ''],
    [500, ''],
    [502, ''],
    [403, 'You have exceeded a secondary rate limit.\n'],
  ])('is asked later where it answers %i %s', async (status, body) => {
    const { workspace } = await facing(
      await serve(status, { headers: { 'content-type': 'text/plain' }, body }),
    )
    for (const act of allOf(workspace))
      await expect(act(RUN)).rejects.toMatchObject({ name: 'RetryableError', code: 'forge_unavailable' })
  })

  it('is asked later where nobody answers', async () => {
    const remote = await serve(200)
    const { workspace } = await facing(remote)
    await remote.close()
    await expect(workspace.share(RUN)).rejects.toMatchObject({ name: 'RetryableError' })
    await expect(workspace.fetchShared(RUN)).rejects.toMatchObject({ name: 'RetryableError' })
  })

  it('gets the token for the one right that it takes, and nobody else sees it', async () => {
    const remote = await serve(403)
    const argv: string[] = []
    remote.onRequest.push(() => argv.push(...runningCommands()))
    const asked: string[] = []
    const made = await facing(remote)
    const bench = createBench({
      source: made.source,
      root: made.root,
      remote: {
        remote: (repo, right) => {
          asked.push(right)
          return access(remote.url).remote(repo, right)
        },
      },
    })
    const workspace = await bench.workspaces.open(REPO)
    const failure: unknown = await workspace.share(RUN).catch((error: unknown) => error)
    await workspace.fetchShared(RUN).catch(() => {})
    expect(asked).toEqual(['write', 'read'])
    expect(remote.seen.map((headers) => headers.authorization)).toContain(`Basic ${TOKEN}`)
    expect(argv.some((line) => line.includes('push') && line.includes(remote.url))).toBe(true)
    expect(argv.filter((line) => line.includes(TOKEN))).toEqual([])
    expect(filesWith(made.root, TOKEN)).toEqual([])
    const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : undefined
    expect(cause).toBeDefined()
    expect(`${String(failure)} ${String(cause)}`).not.toContain(TOKEN)
  })
})
