/** What every sandbox must do, whatever it is made of. */
import { readFile, readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { CommandResult, RunOptions, SandboxSpec } from '../../src/ports/sandbox.ts'
import { processesWith, uniqueSeconds, waitUntil } from '../support/host-processes.ts'
import { specOf, TEST_LIMITS } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

export function sandboxContract(name: string, open: () => Promise<SandboxFixture>): void {
  describe(`${name} as a sandbox`, () => {
    let fixture: SandboxFixture
    let checkout: string
    const run = (
      command: string,
      more: Partial<SandboxSpec> = {},
      options: RunOptions = {},
    ): Promise<CommandResult> => fixture.sandbox.run(command, specOf(checkout, more), options)

    beforeAll(async () => {
      fixture = await open()
      checkout = await fixture.checkout({ 'src/a.txt': 'from the checkout\n' })
    })
    afterAll(() => fixture.close())

    it('holds in its own self-test', async () => {
      expect(await fixture.sandbox.selfTest()).toEqual({ ok: true })
    })

    it('runs a shell command in the checkout and reports its output and exit code', async () => {
      const result = await run('cat src/a.txt; echo problem >&2; exit 7')
      expect(result).toMatchObject({
        code: 7,
        stdout: 'from the checkout\n',
        stderr: 'problem\n',
        cut: { stdout: 0, stderr: 0 },
        killed: undefined,
        refusedHosts: [],
      })
    })

    it('shows the checkout at the same path in every run', async () => {
      expect((await run('pwd')).stdout).toBe('/repo\n')
      expect((await run('pwd', { mountAt: '/elsewhere/tree' })).stdout).toBe('/elsewhere/tree\n')
    })

    it('lets a writable checkout be written, except for .git', async () => {
      const result = await run('echo new > made.txt; echo x >> .git/config; echo $?; mv .git gone; echo $?')
      expect(result.stdout).toBe('1\n1\n')
      expect(await readFile(join(checkout, 'made.txt'), 'utf8')).toBe('new\n')
      expect(await readFile(join(checkout, '.git/config'), 'utf8')).toBe('[core]\n')
    })

    it('keeps a checkout without .git from getting one', async () => {
      const bare = join(fixture.root, 'bare')
      const made = await fixture.checkout()
      const copy = await fixture.sandbox.run(
        `mkdir -p inner && cd inner && mkdir .git && echo ok`,
        specOf(made),
      )
      // Only the top is protected: the app's own git never looks below it.
      expect(copy.stdout).toBe('ok\n')
      const noGit = await fixture.checkout()
      await rename(join(noGit, '.git'), bare)
      const result = await run('mkdir -p .git/hooks; echo x > .git/config; ln -s /etc .git/x; ls -A .git', {
        checkout: noGit,
      })
      expect(result.stdout).toBe('')
      expect(await readdir(noGit)).not.toContain('.git')
    })

    it('refuses a .git that is a symbolic link, which would be mounted from wherever it leads', async () => {
      const linked = await fixture.checkout()
      await rename(join(linked, '.git'), join(fixture.root, 'moved-git'))
      await symlink(fixture.root, join(linked, '.git'))
      await expect(run('ls .git', { checkout: linked })).rejects.toMatchObject({
        code: 'sandbox_unavailable',
      })
    })

    it('lets nothing be written in a read-only checkout', async () => {
      const result = await run('echo x > src/a.txt; echo $?; touch new; echo $?', { writable: false })
      expect(result.stdout).toBe('1\n1\n')
      expect(await readFile(join(checkout, 'src/a.txt'), 'utf8')).toBe('from the checkout\n')
    })

    it('binds more folders, read-only or writable, also inside a read-only checkout', async () => {
      const template = await fixture.checkout({ 'dep/index.js': 'dependency\n' })
      const binds = [{ from: template, to: join(checkout, 'node_modules'), writable: false }]
      const result = await run('cat node_modules/dep/index.js; echo x > node_modules/dep/index.js', {
        writable: false,
        binds,
      })
      expect(result.stdout).toBe('dependency\n')
      const writable = await run('echo more > /cache/file && cat /cache/file', {
        binds: [{ from: template, to: '/cache', writable: true }],
      })
      expect(writable.stdout).toBe('more\n')
    })

    it('refuses to bind over a symbolic link that a command planted', async () => {
      const planted = await fixture.checkout()
      await run('ln -s /tmp node_modules', { checkout: planted })
      const binds = [{ from: planted, to: join(planted, 'node_modules'), writable: false }]
      await expect(run('true', { checkout: planted, binds })).rejects.toMatchObject({
        code: 'sandbox_unavailable',
      })
    })

    it('hides everything of the machine that is not bound', async () => {
      await writeFile(join(fixture.root, 'canary'), 'canary', { mode: 0o644 })
      expect(await readFile(join(fixture.root, 'canary'), 'utf8')).toBe('canary')
      const result = await run(`cat ${fixture.root}/canary; ls ${fixture.root}; ls /root /home`)
      expect(result.stdout).not.toContain('canary')
      expect(result.stdout.replaceAll(/\/home:|sandbox|\s/g, '')).toBe('')
    })

    it('has a system that cannot be written and a home and /tmp that start empty each time', async () => {
      const first = await run(
        'for d in / /etc /usr /dev /run /home /var; do touch $d/x 2>/dev/null && echo "$d written"; done;' +
          ' echo kept > ~/f && echo kept > /tmp/f && cat ~/f /tmp/f',
      )
      expect(first.stdout).toBe('kept\nkept\n')
      expect((await run('ls -A ~ /tmp')).stdout.replaceAll(/\S+:/g, '').trim()).toBe('')
    })

    it('builds the environment from nothing', async () => {
      process.env['CANARY_TOKEN'] = 'secret-in-the-app'
      const result = await run('env', { env: { OWN: 'given' } })
      delete process.env['CANARY_TOKEN']
      expect(result.stdout).toContain('OWN=given\n')
      expect(result.stdout).not.toContain('CANARY')
      expect(result.stdout).toContain('HOME=/home/sandbox\n')
    })

    it('passes input, and no input is the end of input', async () => {
      expect((await run('cat', {}, { stdin: 'line one\nline two' })).stdout).toBe('line one\nline two')
      expect(await run('cat; echo "end $?"')).toMatchObject({ stdout: 'end 0\n', code: 0 })
    })

    it('passes output on while the command runs', async () => {
      const chunks: string[] = []
      await run('echo first; sleep 0.2; echo second >&2', {}, { onOutput: (chunk) => chunks.push(chunk) })
      expect(chunks).toEqual(['first\n', 'second\n'])
    })

    it('lets programs open /dev/stdout and /dev/stderr as files', async () => {
      expect(await run('echo out > /dev/stdout; echo err > /dev/stderr')).toMatchObject({
        stdout: 'out\n',
        stderr: 'err\n',
      })
    })

    it('F-35: keeps the beginning and the end of 50 MB of output and counts what it cut', async () => {
      const result = await run('echo begin; head -c 50000000 /dev/zero | tr "\\0" x; echo; echo end')
      expect(result.code).toBe(0)
      expect(result.stdout.length).toBeLessThanOrEqual(TEST_LIMITS.outputBytes)
      expect(result.stdout).toMatch(/^begin\nx+\n\[\d+ bytes cut here\]\nx+\nend\n$/)
      const kept = result.stdout.replace(/\n\[\d+ bytes cut here\]\n/, '').length
      expect(result.cut.stdout).toBe(50_000_000 + 'begin\n\nend\n'.length - kept)
    })

    it('has no network', async () => {
      const result = await run('cat /proc/net/dev | tail -n +3 | cut -d: -f1; echo > /dev/tcp/1.1.1.1/443')
      expect(result.stdout.trim()).toBe('lo')
      expect(result.stderr).toContain('Network is unreachable')
    })

    it('F-33: ends everything at the time limit', async () => {
      const seconds = uniqueSeconds()
      const pending = run(
        `trap "" TERM; setsid sleep ${seconds} & nohup sleep ${seconds} >/dev/null 2>&1 & (sleep ${seconds} >/dev/null 2>&1 &) ; sleep ${seconds}`,
        { limits: { ...TEST_LIMITS, seconds: 6 } },
      )
      await waitUntil(async () => (await processesWith(seconds)).length === 4)
      expect(await pending).toMatchObject({ code: null, killed: 'timeout' })
      expect(await processesWith(seconds)).toEqual([])
    })

    it('leaves no daemon behind when the command ends by itself', async () => {
      const seconds = uniqueSeconds()
      const result = await run(
        `setsid sleep ${seconds} & nohup sleep ${seconds} >/dev/null 2>&1 & (setsid sleep ${seconds} >/dev/null 2>&1 &); until [ "$(ps -e | grep -c sleep)" = 3 ]; do :; done; echo 3`,
      )
      expect(result).toMatchObject({ code: 0, stdout: '3\n', killed: undefined })
      expect(await processesWith(seconds)).toEqual([])
      expect(result.ms).toBeLessThan(5000)
    })

    it('ends everything when the caller aborts', async () => {
      const seconds = uniqueSeconds()
      const abort = new AbortController()
      const pending = run(`setsid sleep ${seconds} & sleep ${seconds}`, {}, { signal: abort.signal })
      await waitUntil(async () => (await processesWith(seconds)).length === 2)
      abort.abort()
      expect(await pending).toMatchObject({ code: null, killed: 'aborted' })
      expect(await processesWith(seconds)).toEqual([])
      expect(await run('echo x', {}, { signal: abort.signal })).toMatchObject({
        killed: 'aborted',
        stdout: '',
      })
    })

    it('F-34: ends a tree that needs more memory than it was given', async () => {
      const eat = 'perl -e \'$x = "a" x (120*1024*1024); sleep 10\''
      const result = await run(`${eat} & ${eat} & ${eat} & ${eat} & wait`, {
        limits: { ...TEST_LIMITS, memoryMb: 300 },
      })
      expect(result).toMatchObject({ code: null, killed: 'memory' })
    })

    it('F-35: bounds the number of processes', async () => {
      const bomb = `perl -e 'my $n = 0; for (1..300) { my $p = fork; last unless defined $p; if (!$p) { sleep 15; exit } $n++ } print "$n\\n"'`
      const bounded = await run(bomb, { limits: { ...TEST_LIMITS, processes: 64 } })
      expect(Number(bounded.stdout)).toBeGreaterThan(20)
      expect(Number(bounded.stdout)).toBeLessThan(64)
      const free = await run(bomb, { limits: { ...TEST_LIMITS, processes: 600 } })
      expect(free.stdout).toBe('300\n')
    })

    it('answers a command that is too long instead of throwing', async () => {
      const result = await run(`: ${'x'.repeat(200_000)}`)
      expect(result).toMatchObject({ code: 126 })
      expect(result.stderr).toContain('script file')
    })

    it('speaks lines with a process inside, until it is killed with everything it started', async () => {
      const seconds = uniqueSeconds()
      const started = await fixture.sandbox.spawn(
        ['/bin/bash', '-c', `sleep ${seconds} & while read -r line; do echo "got $line"; done`],
        specOf(checkout),
      )
      const lines = started.lines[Symbol.asyncIterator]()
      started.send('one')
      expect(await lines.next()).toEqual({ done: false, value: 'got one' })
      started.send('two')
      expect(await lines.next()).toEqual({ done: false, value: 'got two' })
      // The shell may answer before what it forked has become `sleep`.
      await waitUntil(async () => (await processesWith(seconds)).length === 1)
      await started.kill()
      expect(await processesWith(seconds)).toEqual([])
      expect(await started.ended).toMatchObject({ code: null, killed: 'aborted' })
      expect(await lines.next()).toEqual({ done: true, value: undefined })
    })

    it('ends a process inside that writes a line without end', async () => {
      const started = await fixture.sandbox.spawn(
        ['/usr/bin/env', 'tr', '\\0', 'x'],
        specOf(checkout, { env: {} }),
      )
      started.send(''.padEnd(300_000, 'y'))
      const seen: string[] = []
      for await (const line of started.lines) seen.push(line)
      expect(seen.join('').length).toBeLessThan(300_000)
      expect(await started.ended).toMatchObject({ killed: 'aborted' })
    })
  })
}
