import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { git, GitError, gitStream } from '../../../src/adapters/git/git.ts'
import { explainFetch, explainPush } from '../../../src/adapters/git/explain-remote.ts'
import { cleanStderr } from '../../../src/adapters/git/git-error.ts'

const REPO = { id: 7, owner: 'acme', name: 'tool' }

let root: string
let dir: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'git-'))
  dir = join(root, 'a.git')
  await git(undefined, ['init', '--quiet', '--bare', dir])
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('git', () => {
  it('passes bytes in and out unchanged', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const { text } = await git(dir, ['hash-object', '-w', '--stdin'], { input: bytes })
    const { stdout } = await git(dir, ['cat-file', 'blob', text])
    expect(Uint8Array.from(stdout)).toEqual(bytes)
  })

  it('names the command, the exit code and the reason when git fails', async () => {
    const failure = git(dir, ['cat-file', 'blob', 'nothing'])
    await expect(failure).rejects.toThrow(GitError)
    await expect(failure).rejects.toMatchObject({ verb: 'cat-file', code: 128 })
    await expect(failure).rejects.toThrow(
      'git cat-file ended with exit code 128: fatal: Not a valid object name nothing',
    )
  })

  it('F-36: says where the disk is full, as other errors of the system do', async () => {
    const says = (words: string) =>
      git(dir, ['-c', `alias.write=!echo "fatal: cannot store: ${words}" >&2; exit 128`, 'write'])
    for (const words of ['No space left on device', 'Disk quota exceeded', 'write error. Out of diskspace']) {
      const error: unknown = await says(words).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ isFull: true, code: 128, cause: { code: 'ENOSPC' } })
      // Not GitHub's fault, and nothing that people there could mend.
      expect([explainFetch(error, REPO), explainPush(error, REPO)]).toEqual([error, error])
    }
    await expect(says('not a tree')).rejects.toMatchObject({ isFull: false })
  })

  it('returns an accepted exit code instead of throwing', async () => {
    const { code } = await git(dir, ['config', '--get', 'no.such'], { accept: [1] })
    expect(code).toBe(1)
  })

  it('finds no repository by itself, not even in its working directory', async () => {
    await expect(git(undefined, ['rev-parse', '--git-dir'], { cwd: dir })).rejects.toThrow(/bare/)
  })

  it('does not run hooks of the repository', async () => {
    const mark = join(root, 'ran')
    const hook = join(dir, 'hooks', 'reference-transaction')
    await writeFile(hook, `#!/bin/sh\ntouch ${mark}\n`)
    await chmod(hook, 0o755)
    const { text } = await git(dir, ['hash-object', '-w', '--stdin'], { input: 'x' })
    await git(dir, ['update-ref', 'refs/tags/x', text])
    await expect(import('node:fs/promises').then((fs) => fs.stat(mark))).rejects.toThrow('ENOENT')
  })

  it('gives git nothing of our environment and keeps config values out of argv', async () => {
    process.env['GIT_AUTHOR_NAME'] = 'leaked'
    const config = [['http.extraHeader', 'Authorization: Basic c2VjcmV0']] as const
    const seen = await git(dir, ['-c', 'alias.show-env=!env; cat /proc/$PPID/cmdline', 'show-env'], {
      config,
    })
    delete process.env['GIT_AUTHOR_NAME']
    expect(seen.text).not.toContain('leaked')
    expect(seen.text.split('GIT_CONFIG_VALUE_0=Authorization: Basic c2VjcmV0')).toHaveLength(2)
    expect(seen.text.split('c2VjcmV0')).toHaveLength(2)
  })

  it('stops at the output limit', async () => {
    const { text } = await git(dir, ['hash-object', '-w', '--stdin'], { input: 'x'.repeat(200_000) })
    await expect(git(dir, ['cat-file', 'blob', text], { maxBytes: 1000 })).rejects.toThrow(
      'more than 1000 bytes',
    )
  })

  it('ends when the signal does', async () => {
    const abort = new AbortController()
    const waiting = gitStream(dir, ['cat-file', '--batch'], { signal: abort.signal })
    abort.abort()
    await expect(waiting.ended).rejects.toThrow('git cat-file did not finish')
  })

  it('streams', async () => {
    const running = gitStream(dir, ['hash-object', '--stdin'])
    running.stdin.end('x')
    expect((await buffer(running.stdout)).toString()).toMatch(/^[0-9a-f]{40}\n$/)
    expect(await running.ended).toEqual({ code: 0, stderr: '' })
  })
})

describe('cleanStderr', () => {
  it('drops progress, hints, control characters and credentials', () => {
    const raw =
      'Counting: 1%\rCounting: 100%, done\nhint: try it\n\u001b[31mfatal: https://user:secret@host/x denied\n' +
      'Authorization: Basic abc\n'
    expect(cleanStderr(raw)).toBe(
      'Counting: 100%, done\nfatal: https://***@host/x denied\nAuthorization: ***',
    )
  })
})
