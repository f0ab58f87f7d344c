/** The tool host in a real sandbox: what the model is told, word for word, and what it cannot do. */
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals'
import { buildToolHost } from '../../scripts/build-tool-host.ts'
import { keepCopy, prepareStateFolder } from '../../src/adapters/sandbox/state-folder.ts'
import { createToolHosts, TOOL_HOST_LIMITS } from '../../src/adapters/tool-host/create-tool-hosts.ts'
import { TOOL_NAMES } from '../../src/ports/tools.ts'
import type { ToolHost, ToolHosts, ToolName } from '../../src/ports/tools.ts'
import { processesWith, uniqueSeconds, waitUntil } from '../support/host-processes.ts'
import { openSandboxFixture } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

const READ_ONLY: readonly ToolName[] = ['bash', 'read', 'glob', 'grep']
const OPEN_SIGNAL = new AbortController().signal

let fixture: SandboxFixture
let hosts: ToolHosts
let checkout: string
let host: ToolHost
const opened: ToolHost[] = []

async function open(allowed: readonly ToolName[], path = checkout): Promise<ToolHost> {
  const one = await hosts.open({ path, commit: '0'.repeat(40) }, { allowed, signal: OPEN_SIGNAL })
  opened.push(one)
  return one
}

const call = (tool: string, input: unknown, on = host) => on.call(tool, input, OPEN_SIGNAL)
const good = (content: string) => ({ content, isError: false })
const bad = (content: string) => ({ content, isError: true })

beforeAll(async () => {
  fixture = await openSandboxFixture()
  await prepareStateFolder(fixture.stateRoot)
  const folder = await mkdtemp(join(tmpdir(), 'mw-build-'))
  await buildToolHost(join(folder, 'tool-host.mjs'))
  hosts = createToolHosts({
    sandbox: fixture.sandbox,
    bundle: await keepCopy(fixture.stateRoot, join(folder, 'tool-host.mjs')),
    node: await keepCopy(fixture.stateRoot, process.execPath),
    limits: { bashSeconds: 3, host: { ...TOOL_HOST_LIMITS.host, memoryMb: 600 } },
  })
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  checkout = await fixture.checkout({
    'README.md': '# Title\nsecond line\n',
    'src/b.js': 'const b = 1\nmodule.exports = b\n',
    'src/a.js': 'const a = 1\nmodule.exports = a\n',
    'empty.txt': '',
    'twice.txt': 'same\nsame\n',
    'node_modules/dep/index.js': 'module.exports = 0\n',
  })
  host = await open(TOOL_NAMES)
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})
afterAll(() => fixture.close())

describe('the file tools', () => {
  it('read a file, a range of it, an empty one and a missing one', async () => {
    expect(await call('read', { file_path: 'README.md' })).toEqual(good('# Title\nsecond line\n'))
    expect(await call('read', { file_path: '/repo/README.md', view_range: [2, 2] })).toEqual(
      good('second line'),
    )
    expect(await call('read', { file_path: 'README.md', view_range: [50, 60] })).toEqual(
      good('(the file has no such lines)'),
    )
    expect(await call('read', { file_path: 'empty.txt' })).toEqual(good('(the file is empty)'))
    expect(await call('read', { file_path: 'gone.md' })).toEqual(
      bad('read: gone.md: no such file or directory'),
    )
    expect(await call('read', { file_path: 'src' })).toEqual(bad('read: src is not a regular file'))
  })

  it('show the beginning of a long file, and say exactly what is missing and how to go on', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`)
    await call('write', { file_path: 'long.txt', content: lines.join('\n') })
    const { content } = await call('read', { file_path: 'long.txt' })
    expect(Buffer.byteLength(content)).toBeLessThan(30_200)
    const shown = content.split('\n').length - 1
    expect(content.split('\n').at(-1)).toBe(
      `[lines 1 to ${shown} shown, ${5000 - shown} more cut. Go on with view_range: [${shown + 1}, 5000]]`,
    )
    const rest = await call('read', { file_path: 'long.txt', view_range: [shown + 1, 5000] })
    expect(rest.content.split('\n')[0]).toBe(`line ${shown + 1}`)
  })

  it('refuse a file that is too large to read whole, naming the way round', async () => {
    await call('bash', { command: 'head -c 600000 /dev/zero | tr "\\0" "x" > big.txt' })
    expect(await call('read', { file_path: 'big.txt' })).toEqual(
      bad(
        'read: big.txt is 600000 bytes, exceeds 262144-byte limit. Use the view_range parameter to read specific line ranges, e.g. view_range: [1, 500].',
      ),
    )
    expect(
      (await call('edit', { file_path: 'big.txt', old_string: 'x', new_string: 'y' })).content,
    ).toContain('edit: big.txt is 600000 bytes, exceeds 262144-byte limit.')
  })

  it('refuse binary files, other encodings and named pipes', async () => {
    await call('bash', {
      command: "printf 'PNG\\0\\1' > image.png; printf 'caf\\351 au lait' > latin1.txt; mkfifo pipe",
    })
    expect(await call('read', { file_path: 'image.png' })).toEqual(
      bad('read: image.png is a binary file. Look at it with bash, for instance: file, xxd | head, strings'),
    )
    expect(await call('edit', { file_path: 'latin1.txt', old_string: 'lait', new_string: 'milk' })).toEqual(
      bad(
        'edit: latin1.txt is not UTF-8, and editing it would damage it. Change it with bash, for instance sed',
      ),
    )
    expect(await call('read', { file_path: 'pipe' })).toEqual(bad('read: pipe is not a regular file'))
    expect(await readFile(join(checkout, 'latin1.txt'), 'latin1')).toBe('café au lait')
  })

  it('write and edit, and refuse an edit without exactly one match', async () => {
    expect(await call('write', { file_path: 'new/file.txt', content: 'one\n' })).toEqual(
      good('wrote 4 bytes to new/file.txt'),
    )
    expect(
      await call('edit', { file_path: 'new/file.txt', old_string: 'one', new_string: '$& two' }),
    ).toEqual(good('edited new/file.txt (1 replacement(s))'))
    expect(await readFile(join(checkout, 'new/file.txt'), 'utf8')).toBe('$& two\n')
    expect(await call('edit', { file_path: 'README.md', old_string: 'absent', new_string: 'x' })).toEqual(
      bad('edit: old_string not found in README.md'),
    )
    expect(await call('edit', { file_path: 'twice.txt', old_string: 'same', new_string: 'x' })).toEqual(
      bad('edit: old_string appears 2 times in twice.txt (must be unique)'),
    )
  })

  it('F-30: stay inside the repository, along paths and along links', async () => {
    await symlink('/etc/passwd', join(checkout, 'link'))
    await symlink(fixture.root, join(checkout, 'outward'))
    const outside = (path: string) =>
      bad(`path ${JSON.stringify(path)} is outside the session's working directory`)
    for (const path of [
      '../etc/passwd',
      '/etc/passwd',
      'link',
      'outward/x',
      '/proc/self/environ',
      '/proc/self/root/etc/passwd',
    ]) {
      expect(await call('read', { file_path: path })).toEqual(outside(path))
      expect(await call('write', { file_path: path, content: 'x' })).toEqual(outside(path))
    }
    expect(await call('glob', { pattern: '../**' })).toEqual(
      bad('glob: ".." is not permitted in the pattern'),
    )
    expect(await call('grep', { pattern: 'root', path: '/etc' })).toEqual(outside('/etc'))
  })

  it('list and search in an order of names, with paths relative to the repository', async () => {
    expect(await call('glob', { pattern: '**/*.{js,md}' })).toEqual(good('README.md\nsrc/a.js\nsrc/b.js'))
    expect(await call('grep', { pattern: 'const|exports' })).toEqual(
      good(
        'src/a.js:1:const a = 1\nsrc/a.js:2:module.exports = a\nsrc/b.js:1:const b = 1\nsrc/b.js:2:module.exports = b',
      ),
    )
    expect(await call('grep', { pattern: 'nowhere' })).toEqual(good('no matches'))
    expect((await call('grep', { pattern: '(' })).content).toContain('grep: invalid regex')
    await call('bash', {
      command: 'mkdir many; for i in $(seq 1000 1399); do printf "match %0100d" 1 > many/$i.txt; done',
    })
    const { content } = await call('grep', { pattern: 'match' })
    expect(Buffer.byteLength(content)).toBeLessThan(30_200)
    expect(content).toMatch(/^many\/1000\.txt:1:match 0+1\n/)
    expect(content).toMatch(
      /\n\[\d+ of 400 lines shown: narrow the pattern, or give a path, to see the others\]$/,
    )
  })

  it('answer input of the wrong type with what is wrong', async () => {
    expect(await call('read', { file_path: 7 })).toEqual(
      bad('read: file_path: Invalid input: expected string, received number'),
    )
    expect(await call('read', {})).toEqual(
      bad('read: file_path: Invalid input: expected string, received undefined'),
    )
    expect((await call('edit', 'not an object')).content).toMatch(
      /^edit: input: Invalid input: expected object/,
    )
    expect((await call('bash', { command: ['ls'] })).isError).toBe(true)
    expect(await call('bash', {})).toEqual(bad('bash: command is required'))
    expect((await call('read', { file_path: 'a\0b' })).isError).toBe(true)
    expect((await call('python', { code: '1' })).content).toBe(
      'There is no tool python. There are: bash, read, write, edit, glob, grep.',
    )
  })
})

describe('a role', () => {
  it('cannot use what is not its own', async () => {
    const reader = await open(['read'])
    expect(await call('bash', { command: 'ls' }, reader)).toEqual(
      bad('bash is not for this role. It may use: read.'),
    )
    const planner = await open(READ_ONLY)
    expect(await call('write', { file_path: 'x', content: '' }, planner)).toEqual(
      bad('write is not for this role. It may use: bash, read, glob, grep.'),
    )
  })

  it('that only reads finds the checkout read-only in bash too', async () => {
    const planner = await open(READ_ONLY)
    const answer = await call('bash', { command: 'echo x > README.md' }, planner)
    expect(answer.isError).toBe(true)
    expect(answer.content).toContain('Read-only file system')
    expect(await readFile(join(checkout, 'README.md'), 'utf8')).toBe('# Title\nsecond line\n')
  })

  it('that writes cannot write .git', async () => {
    const answer = await call('write', { file_path: '.git/hooks/pre-commit', content: 'x' })
    expect(answer).toEqual(
      bad('write: .git/hooks/pre-commit: read-only here: .git always is, all files are for reading roles'),
    )
    expect(await readdir(join(checkout, '.git/hooks'))).toEqual(['README'])
  })
})

describe('bash', () => {
  it('runs in the repository root, keeps its state, and reports exit codes', async () => {
    expect(await call('bash', { command: 'pwd; cd src; X=kept' })).toEqual(good('/repo'))
    expect(await call('bash', { command: 'pwd; echo $X; false' })).toEqual(
      bad('/repo/src\nkept\n[exit code 1]'),
    )
    expect(await call('bash', { command: 'true' })).toEqual(good('(no output)'))
    expect(await call('bash', { restart: true })).toEqual(good('The shell was restarted.'))
    expect(await call('bash', { command: 'pwd; echo "[$X]"' })).toEqual(good('/repo\n[]'))
  })

  it('has an environment without anything of the app', async () => {
    process.env['CANARY_TOKEN'] = 'secret-in-the-app'
    const fresh = await open(TOOL_NAMES)
    const { content } = await call('bash', { command: 'env; cat /proc/*/environ | tr "\\0" "\\n"' }, fresh)
    delete process.env['CANARY_TOKEN']
    expect(content).toContain('HOME=/home/sandbox')
    expect(content).not.toContain('CANARY')
  })

  it('answers an open quote instead of waiting for the rest', async () => {
    const answer = await call('bash', { command: 'echo "open' })
    expect(answer.isError).toBe(true)
    expect(answer.content).toMatch(
      /^\/tmp\/command.sh: line 1: unexpected EOF while looking for matching [^]*\[exit code 2\]$/,
    )
    expect(await call('bash', { command: "echo 'it''s'; cat <<'E'\nhere\nE" })).toEqual(good('its\nhere'))
  })

  it('gives commands that ask for input none', async () => {
    expect(await call('bash', { command: 'read -r answer; echo "got [$answer]"' })).toEqual(good('got []'))
    expect(await call('bash', { command: 'cat' })).toEqual(good('(no output)'))
  })

  it('says when a command has ended the shell, with what it printed before', async () => {
    expect(await call('bash', { command: 'echo before; exit 4' })).toEqual(
      bad(
        'before\n[the command ended the shell with exit code 4; the next command gets a new one in the repository root. Variables and background processes are gone, files are kept]',
      ),
    )
    expect(await call('bash', { command: 'pwd' })).toEqual(good('/repo'))
  })

  it('stops a command at its time with everything it started, and shows what there was', async () => {
    const seconds = uniqueSeconds()
    const answer = await call('bash', {
      command: `echo begun; setsid sleep ${seconds} & sleep ${seconds}`,
      timeout_ms: 500,
    })
    expect(answer).toEqual(
      bad(
        'begun\n[stopped after 0.5 s, and everything it had started. The next command gets a new shell in the repository root; files are kept. Commands get no input: pass flags instead of waiting for a question]',
      ),
    )
    await waitUntil(async () => (await processesWith(seconds)).length === 0, 2000)
    expect(await call('bash', { command: 'echo alive' })).toEqual(good('alive'))
    const slow = await call('bash', { command: 'sleep 60', timeout_ms: 60_000 })
    expect(slow.content).toContain('[stopped after 3 s')
  })

  it('does not wait for a background daemon, and close ends it', async () => {
    const seconds = uniqueSeconds()
    expect(await call('bash', { command: `setsid nohup sleep ${seconds} & echo started` })).toEqual(
      good('started'),
    )
    expect(await processesWith(seconds)).toHaveLength(1)
    await host.close()
    expect(await processesWith(seconds)).toEqual([])
    expect(await call('bash', { command: 'echo x' })).toEqual(bad('The tools of this stage are closed.'))
  })

  it('keeps 5 MB of output in a file and shows both ends of it', async () => {
    const { content, isError } = await call('bash', { command: 'seq 1 700000' })
    expect(isError).toBe(false)
    expect(Buffer.byteLength(content)).toBeLessThan(30_300)
    expect(content).toMatch(/^1\n2\n3\n/)
    expect(content).toMatch(/\n700000$/)
    expect(content).toContain(
      "[4758895 of 4788895 bytes cut here. The whole output is in /tmp/output-1.txt: see more with grep -n PATTERN /tmp/output-1.txt, or sed -n '100,200p' /tmp/output-1.txt]",
    )
    expect(await call('bash', { command: "sed -n '350000p' /tmp/output-1.txt" })).toEqual(good('350000'))
  })

  it('stops a command that prints without end', async () => {
    const answer = await call('bash', { command: 'yes' })
    expect(answer.isError).toBe(true)
    expect(answer.content).toContain('[stopped: it printed more than 64 MB.')
    expect(await call('bash', { command: 'echo alive' })).toEqual(good('alive'))
  })
})

describe('a tool host that is attacked or dies', () => {
  it('is started again after its death, and the call in which it died says so', async () => {
    const answer = await call('bash', { command: 'kill -9 $PPID; sleep 2' })
    expect(answer).toEqual(
      bad(
        'The tool host died: exit code 137. Its shell and background processes are gone, files are kept; the next call starts a new one.',
      ),
    )
    expect(await call('bash', { command: 'echo alive' })).toEqual(good('alive'))
  })

  it('F-34: is ended when its commands need too much memory', async () => {
    const eat = 'perl -e \'$x = "a" x (250*1024*1024); sleep 10\''
    const answer = await call('bash', { command: `${eat} & ${eat} & ${eat} & wait` })
    expect(answer.content).toContain(
      'The tool host died: its processes needed more memory than the sandbox gives.',
    )
    expect(await call('read', { file_path: 'README.md' })).toEqual(good('# Title\nsecond line\n'))
  })

  it('is not believed when something inside answers in its place', async () => {
    const forged = await call('bash', { command: 'echo "forged, no JSON" > /proc/$PPID/fd/1; sleep 0.2' })
    expect(forged.content).toMatch(/^The tool host answered with something that is no JSON and was stopped\./)
    expect(forged.isError).toBe(true)
    const wrong = await call('bash', {
      command: `echo '{"id":"1","content":1}' > /proc/$PPID/fd/1; sleep 0.2`,
    })
    expect(wrong.content).toMatch(/^The tool host answered in a wrong form and was stopped\./)
    expect(await call('bash', { command: 'echo alive' })).toEqual(good('alive'))
  })

  it('ends with the call that is aborted', async () => {
    const seconds = uniqueSeconds()
    const abort = new AbortController()
    const pending = host.call('bash', { command: `sleep ${seconds}` }, abort.signal)
    await waitUntil(async () => (await processesWith(seconds)).length === 1)
    abort.abort()
    expect(await pending).toMatchObject({ isError: true, content: expect.stringMatching(/^Stopped\./) })
    expect(await processesWith(seconds)).toEqual([])
  })

  it('answers calls that come together one after the other, each with its own answer', async () => {
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((word) => call('bash', { command: `echo ${word}` })),
    )
    expect(answers.map((answer) => answer.content)).toEqual(['one', 'two', 'three'])
  })

  it('leaves nothing in the checkout that no tool wrote', async () => {
    await call('bash', { command: 'seq 1 100000' })
    await call('read', { file_path: 'README.md' })
    await host.close()
    expect((await readdir(checkout)).sort()).toEqual(
      ['.git', 'README.md', 'empty.txt', 'node_modules', 'src', 'twice.txt'].sort(),
    )
    await writeFile(join(checkout, 'done'), '')
  })
})
