import { describe, expect, it } from '@jest/globals'
import { ensureBubblewrap } from '../../../src/adapters/sandbox/ensure-bubblewrap.ts'
import type { Machine } from '../../../src/adapters/sandbox/ensure-bubblewrap.ts'

/** A machine on which apt-get does what `apt` says; it records what was run. */
function machine(more: Partial<Machine> & { there?: boolean; apt?: (call: string) => 'installs' | 'fails' }) {
  let there = more.there ?? false
  const ran: string[] = []
  const said: string[] = []
  const run: Machine['run'] = async (program, args) => {
    if (program === 'bwrap') {
      if (!there) throw new Error('spawn bwrap ENOENT')
      return 'bubblewrap 0.8.0\n'
    }
    const call = [program, ...args].join(' ')
    ran.push(call)
    if (more.apt?.(call) === 'fails') throw new Error('E: Unable to locate package bubblewrap')
    if (call.includes(' install ')) there = true
    return ''
  }
  const ensure = () =>
    ensureBubblewrap((line) => said.push(line), { isRoot: true, hasApt: true, run, ...more })
  return { ensure, ran, said }
}

describe('ensureBubblewrap', () => {
  it('does nothing where it is there', async () => {
    const { ensure, ran, said } = machine({ there: true })
    expect(await ensure()).toEqual({ ok: true, installed: false })
    expect([ran, said]).toEqual([[], []])
  })

  it('installs it as root on Debian, and says so first', async () => {
    const { ensure, ran, said } = machine({})
    expect(await ensure()).toEqual({ ok: true, installed: true })
    expect(said).toEqual(['bubblewrap is missing: installing it (apt-get install -y bubblewrap)'])
    expect(ran).toEqual(['apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends bubblewrap'])
  })

  it('fetches the list of packages when the first try fails', async () => {
    let tries = 0
    const { ensure, ran } = machine({
      apt: (call) => (call.includes('install') && (tries += 1) === 1 ? 'fails' : 'installs'),
    })
    expect(await ensure()).toEqual({ ok: true, installed: true })
    expect(ran.map((call) => call.split(' ').at(-1))).toEqual(['bubblewrap', 'update', 'bubblewrap'])
  })

  it('says the one line to run where it may not install', async () => {
    const { ensure, ran } = machine({ isRoot: false })
    expect(await ensure()).toMatchObject({ ok: false, fix: 'Run: sudo apt-get install -y bubblewrap' })
    expect(ran).toEqual([])
  })

  it('installs nothing on other systems', async () => {
    const { ensure, ran } = machine({ hasApt: false })
    expect(await ensure()).toMatchObject({ ok: false, fix: expect.stringContaining("your system's package") })
    expect(ran).toEqual([])
  })

  it('reports why installing failed', async () => {
    const { ensure } = machine({ apt: () => 'fails' })
    expect(await ensure()).toMatchObject({
      ok: false,
      problem: expect.stringContaining('Installing it failed: E: Unable to locate package bubblewrap'),
    })
  })
})
