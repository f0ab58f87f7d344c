/** The self-test must refuse every sandbox that leaks, and nothing may run after a refusal. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openSandboxFixture, specOf } from '../support/sandbox-fixture.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-fake-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true }))

/** A bwrap that does something else with its arguments. */
async function fakeBwrap(name: string, script: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/bash\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

const dropping = (words: string) =>
  `args=(); drop=" ${words} "; while [ "$1" != -- ]; do [[ "$drop" == *" $1 "* ]] || args+=("$1"); shift; done; exec bwrap "\${args[@]}" "$@"`
const showing = (path: string) =>
  `args=(); while [ "$1" != -- ]; do [ "$1" = --remount-ro ] && args+=(--ro-bind ${path} ${path}); args+=("$1"); shift; done; exec bwrap "\${args[@]}" "$@"`
// Puts words before the `--`, after everything that was asked for.
const addingLast = (words: string) =>
  `args=(); while [ "$1" != -- ]; do args+=("$1"); shift; done; exec bwrap "\${args[@]}" ${words} "$@"`

describe('the self-test', () => {
  it.each([
    [
      'one that runs everything without isolation',
      'while [ "$1" != -- ]; do [ "$1" = --bind ] && [ "$3" = /repo ] && cd "$2"; shift; done; shift;' +
        ' echo "{ \\"child-pid\\": 999999 }" >&4; "$@"; echo "{ \\"exit-code\\": $? }" >&4',
      'A file outside the checkout is readable.',
    ],
    ['one that shows the machine', showing(tmpdir()), 'A file outside the checkout is readable.'],
    [
      'one with the network of the machine',
      dropping('--unshare-net'),
      'Ports of this machine are open from inside.',
    ],
    ['one that sees the processes of the machine', dropping('--unshare-pid'), 'Other processes are visible.'],
    [
      'one with a variable too many',
      addingLast('--setenv LEAKED_TOKEN x'),
      'the variable LEAKED_TOKEN got in.',
    ],
    [
      'one without the system call filter',
      'args=(); while [ "$1" != -- ]; do if [ "$1" = --seccomp ]; then shift; else args+=("$1"); fi; shift; done; exec bwrap "${args[@]}" "$@" 3<&-',
      'New namespaces can be made inside.',
    ],
  ])('F-37: refuses %s', async (name, script, problem) => {
    const bwrap = await fakeBwrap(name.replaceAll(' ', '-'), script)
    const fixture = await openSandboxFixture({ bwrap })
    try {
      const answer = await fixture.sandbox.selfTest()
      expect(answer).toMatchObject({ ok: false })
      expect(answer.ok ? '' : answer.problem).toContain(problem)
      const checkout = await fixture.checkout()
      await expect(fixture.sandbox.run('touch ran', specOf(checkout))).rejects.toMatchObject({
        code: 'sandbox_unavailable',
        message: expect.stringContaining(problem),
      })
    } finally {
      await fixture.close()
    }
  })

  it('names the package when bubblewrap is not there, and tries again when asked again', async () => {
    const bwrap = join(folder, 'later')
    const fixture = await openSandboxFixture({ bwrap })
    const answer = await fixture.sandbox.selfTest()
    expect(answer).toMatchObject({
      ok: false,
      problem: expect.stringContaining('ENOENT'),
      fix: "Install bubblewrap: apt-get install -y bubblewrap (or your system's package).",
    })
    await fakeBwrap('later', 'exec bwrap "$@"')
    expect(await fixture.sandbox.selfTest()).toEqual({ ok: true })
    await fixture.close()
  })

  it("repeats bubblewrap's own words when it is blocked, and says what to check", async () => {
    const bwrap = await fakeBwrap(
      'blocked',
      'echo "bwrap: No permissions to create new namespace" >&2; exit 1',
    )
    const fixture = await openSandboxFixture({ bwrap })
    expect(await fixture.sandbox.selfTest()).toMatchObject({
      ok: false,
      problem: 'The sandbox did not start: bwrap: No permissions to create new namespace',
      fix: expect.stringContaining('AppArmor profile bwrap-userns-restrict'),
    })
    await fixture.close()
  })

  it('refuses a state folder that the dropped user may not enter', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'mw-closed-'))
    await mkdir(join(closed, 'state'))
    const fixture = await openSandboxFixture({
      stateRoot: join(closed, 'state'),
      owner: { uid: 52_418, gid: 52_418 },
    })
    expect(await fixture.sandbox.selfTest()).toMatchObject({
      ok: false,
      problem: `The sandbox's user (uid 52418) may not enter ${closed}, where the state folder lies.`,
    })
    await rm(closed, { recursive: true })
    await fixture.close()
  })

  it('holds with a bound /proc, the way masked containers need it', async () => {
    const fixture = await openSandboxFixture({ proc: 'bound' })
    expect(await fixture.sandbox.selfTest()).toEqual({ ok: true })
    await fixture.close()
  })
})
