import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { findToolchain } from '../../../src/adapters/sandbox/find-toolchain.ts'

let root: string
let home: string
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'mw-tools-')))
  await chmod(root, 0o755)
  home = join(root, 'home')
  await mkdir(home)
})
afterEach(() => rm(root, { recursive: true }))

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return dirname(path)
}

const find = (path: string[], owner?: { uid: number; gid: number }) =>
  findToolchain({ path: path.join(':'), home, owner })

describe('findToolchain', () => {
  it('binds nothing for programs under /usr', async () => {
    const found = await find(['/usr/bin'])
    expect(found.binds).toEqual([])
    expect(found.path).toBe('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
  })

  it('binds the prefix of a version manager and puts it first', async () => {
    const bin = await program(join(root, 'versions/v20/bin/node'), `echo ${root}/versions/v20/bin/node`)
    await program(join(bin, 'npm'), 'true')
    const found = await find([bin, '/usr/bin'])
    expect(found.binds).toEqual([join(root, 'versions/v20')])
    expect(found.path.split(':')[0]).toBe(bin)
    expect(found.found).toMatchObject({ node: join(bin, 'node'), npm: join(bin, 'npm') })
  })

  it('asks a shim where the real program is', async () => {
    await program(join(root, 'pyenv/versions/3.12/bin/python3'), 'true')
    const shims = await program(
      join(root, 'pyenv/shims/python3'),
      `echo ${root}/pyenv/versions/3.12/bin/python3`,
    )
    expect((await find([shims])).binds).toEqual([join(root, 'pyenv/versions/3.12')])
  })

  it("passes over the folders that npm puts into PATH, where the app's own Node is", async () => {
    const ours = await program(
      join(root, 'app/node_modules/.bin/node'),
      `echo ${root}/app/node_modules/.bin/node`,
    )
    const theirs = await program(join(root, 'versions/v20/bin/node'), `echo ${root}/versions/v20/bin/node`)
    expect((await find([ours, theirs])).found['node']).toBe(join(theirs, 'node'))
  })

  it('never binds the home folder, whatever lies in ~/bin', async () => {
    const bin = await program(join(home, 'bin/node'), `echo ${home}/bin/node`)
    expect(await find([bin])).toMatchObject({ binds: [], found: {} })
  })

  it('passes over what the dropped user may not enter', async () => {
    const bin = await program(join(root, 'private/v20/bin/node'), `echo ${root}/private/v20/bin/node`)
    await chmod(join(root, 'private'), 0o700)
    expect((await find([bin], { uid: 52_418, gid: 52_418 })).found).toEqual({})
    expect((await find([bin])).found['node']).toBe(join(bin, 'node'))
  })

  it('passes over a shim that does not work', async () => {
    const broken = await program(join(root, 'a/b/bin/node'), 'exit 127')
    const good = await program(join(root, 'c/d/bin/node'), `echo ${root}/c/d/bin/node`)
    await symlink(join(root, 'nowhere'), join(root, 'a/b/bin/npm'))
    expect((await find([broken, good])).found).toEqual({ node: join(good, 'node') })
  })
})
