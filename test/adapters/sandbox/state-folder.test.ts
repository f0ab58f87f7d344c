import { chmod, mkdtemp, readFile, readdir, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { closedFolder, keepCopy, prepareStateFolder } from '../../../src/adapters/sandbox/state-folder.ts'

let root: string
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'mw-state-')))
})
afterEach(() => rm(root, { recursive: true }))

describe('the state folder', () => {
  it('lets the dropped user pass through and list nothing, whatever the umask', async () => {
    const before = process.umask(0o077)
    await prepareStateFolder(root)
    process.umask(before)
    expect((await stat(root)).mode & 0o777).toBe(0o711)
    expect((await stat(join(root, 'etc/passwd'))).mode & 0o444).toBe(0o444)
  })

  it('is swept of what a killed app left behind a day ago, and of nothing younger', async () => {
    await prepareStateFolder(root)
    for (const name of ['pipes/old', 'pipes/young', 'egress/old']) await writeFile(join(root, name), '')
    const longAgo = new Date(Date.now() - 25 * 3600 * 1000)
    for (const name of ['pipes/old', 'egress/old']) await utimes(join(root, name), longAgo, longAgo)
    await prepareStateFolder(root)
    expect(await readdir(join(root, 'pipes'))).toEqual(['young'])
    expect(await readdir(join(root, 'egress'))).toEqual([])
  })

  it('can be prepared twice at once', async () => {
    await Promise.all([prepareStateFolder(root), prepareStateFolder(root)])
    expect((await readdir(join(root, 'etc'))).sort()).toEqual(['group', 'hosts', 'nsswitch.conf', 'passwd'])
  })
})

describe('keepCopy', () => {
  it('copies once per content and keeps older copies for those who still use them', async () => {
    const original = join(root, 'tool.mjs')
    await writeFile(original, 'one')
    const first = await keepCopy(root, original)
    expect(await keepCopy(root, original)).toBe(first)
    await writeFile(original, 'two')
    const second = await keepCopy(root, original)
    expect(second).not.toBe(first)
    expect(second).toMatch(/\/kept\/tool-[0-9a-f]{16}\.mjs$/)
    expect([await readFile(first, 'utf8'), await readFile(second, 'utf8')]).toEqual(['one', 'two'])
    expect((await readdir(join(root, 'kept'))).length).toBe(2)
  })

  it('replaces a copy that was cut short', async () => {
    const original = join(root, 'tool.mjs')
    await writeFile(original, 'whole')
    const copy = await keepCopy(root, original)
    await writeFile(copy, 'who')
    expect(await readFile(await keepCopy(root, original), 'utf8')).toBe('whole')
  })

  it('keeps programs executable, and everything readable', async () => {
    const original = join(root, 'program')
    await writeFile(original, '#!/bin/sh\n', { mode: 0o700 })
    expect((await stat(await keepCopy(root, original))).mode & 0o777).toBe(0o755)
  })
})

describe('closedFolder', () => {
  it('names the folder in the way', async () => {
    await chmod(root, 0o700)
    expect(await closedFolder(root, { uid: 52_418, gid: 52_418 })).toBe(root)
    expect(await closedFolder(root, undefined)).toBeUndefined()
    const { uid, gid } = await stat(root)
    if (uid !== 0) expect(await closedFolder(root, { uid, gid })).toBeUndefined()
    await chmod(root, 0o711)
    expect(await closedFolder(root, { uid: 52_418, gid: 52_418 })).toBeUndefined()
  })
})
