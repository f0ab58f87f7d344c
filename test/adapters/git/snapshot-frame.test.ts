/** What the app makes of a listing that lies. Whoever controls the checkout may have a say in every byte of it. */
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from '@jest/globals'
import { readSnapshot } from '../../../src/adapters/git/snapshot-frame.ts'
import type { CommandResult } from '../../../src/ports/sandbox.ts'
import { createPlainSandbox } from '../../support/plain-sandbox.ts'
import { createBench, REPO, removeBench } from './source-repository.ts'
import type { Bench } from './source-repository.ts'

const LIMITS = { files: 3, bytes: 100 }
const NONE = '0'.repeat(40)

interface Listed {
  readonly path: string | Buffer
  readonly content?: string
  readonly mode?: string
  readonly oldMode?: string
  readonly id?: string
}

const idOf = (content: string): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex')

function frame(...files: Listed[]): string {
  const raw = files.flatMap(({ path, content, mode, oldMode, id }) => {
    const own = id ?? (content === undefined ? NONE : idOf(content))
    const now = mode ?? (content === undefined ? '000000' : '100644')
    const record = `:${oldMode ?? '100644'} ${now} ${NONE} ${own} M\0`
    return [Buffer.from(record), Buffer.from(path), Buffer.from('\0')]
  })
  const blobs = files.flatMap(({ content, id }) =>
    content === undefined ? [] : [`${id ?? idOf(content)} blob ${Buffer.byteLength(content)}\n${content}\n`],
  )
  return pack(Buffer.concat(raw), Buffer.from(blobs.join('')))
}

const pack = (raw: Buffer, blobs: Buffer): string =>
  `snapshot 1\n${raw.toString('base64')}\n${blobs.toString('base64')}\nend\n`

const refused = (stdout: string): string => {
  try {
    readSnapshot(stdout, LIMITS)
  } catch (error) {
    expect(error).toMatchObject({ name: 'StageFailure' })
    return error instanceof Error ? error.message : ''
  }
  throw new Error('it was taken')
}

describe('a listing', () => {
  it('that is in order is read', () => {
    const entries = readSnapshot(frame({ path: 'a\nb', content: 'x' }, { path: 'gone' }), LIMITS)
    expect(
      entries.map((entry) => [entry.path, entry.mode, Buffer.from(entry.content ?? '').toString()]),
    ).toEqual([
      ['a\nb', '100644', 'x'],
      ['gone', '000000', ''],
    ])
    expect(readSnapshot(frame(), LIMITS)).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['another version', frame().replace('snapshot 1', 'snapshot 2')],
    ['text before it', `hello\n${frame()}`],
    ['text after it', `${frame()}more`],
    ['a second listing', frame() + frame()],
    ['no last line', frame().replace('end\n', '')],
    ['base64 that is none', 'snapshot 1\n!!\n\nend\n'],
  ])('with %s is refused', (_what, stdout) => {
    expect(refused(stdout)).toBe('The changed files could not be listed: its output has another form.')
  })

  it.each([
    ['a name without an end', pack(Buffer.from(`:100644 000000 ${NONE} ${NONE} D\0a`), Buffer.alloc(0))],
    ['a record without a name', pack(Buffer.from(`:100644 000000 ${NONE} ${NONE} D\0`), Buffer.alloc(0))],
    ['a record of another form', pack(Buffer.from(':100644 D\0a\0'), Buffer.alloc(0))],
    ['an unknown mode', frame({ path: 'a', content: 'x', mode: '100666' })],
    ['a folder as entry', frame({ path: 'a', content: 'x', mode: '040000' })],
    ['the same name twice', frame({ path: 'a', content: 'x' }, { path: 'a' })],
    [
      'a content that is missing',
      pack(Buffer.from(`:100644 100644 ${NONE} ${NONE} M\0a\0`), Buffer.alloc(0)),
    ],
    ['a content too many', frame({ path: 'a', content: 'x', mode: '000000', id: idOf('x') })],
    [
      'a content shorter than it says',
      pack(Buffer.from(`:100644 100644 ${NONE} ${NONE} M\0a\0`), Buffer.from(`${NONE} blob 9\nx\n`)),
    ],
    ['a content of unknown size', pack(Buffer.alloc(0), Buffer.from(`${NONE} blob 99999999999\nx\n`))],
    ['a missing object', pack(Buffer.alloc(0), Buffer.from(`${NONE} missing\n`))],
  ])('with %s is refused', (_what, stdout) => {
    expect(refused(stdout)).toContain('The changed files could not be listed')
  })

  it.each([
    '/etc/passwd',
    '../outside',
    'a/../../b',
    'a//b',
    './a',
    '',
    '.git/config',
    '.GIT/hooks/x',
    'sub/.Git/config',
    '.g\u200cit/config',
    'git~1/config',
    '.git./config',
    '.git /config',
    '.git:stream/x',
  ])('with the name %j is refused', (path) => {
    expect(refused(frame({ path, content: 'x' }))).toMatch(/is no path inside|`\.git` folder/)
  })

  it('with a name that is no UTF-8 is refused', () => {
    expect(refused(frame({ path: Buffer.from([0x61, 0xff]), content: 'x' }))).toContain('not UTF-8')
  })

  it('with a submodule, new, changed or removed, is refused by its name', () => {
    expect(refused(frame({ path: 'sub', mode: '160000', id: idOf('x') }))).toContain('"sub" is a submodule')
    expect(refused(frame({ path: 'sub', oldMode: '160000' }))).toContain('"sub" is a submodule')
  })

  it('with more files or bytes than allowed is refused with the count', () => {
    const four = ['a', 'b', 'c', 'd'].map((path) => ({ path, content: 'x' }))
    expect(refused(frame(...four))).toContain('The change has 4 files')
    expect(refused(frame({ path: 'a', content: 'x'.repeat(101) }))).toContain('hold 101 bytes')
    expect(refused('refused too_many_files 9000\n')).toContain('The change has 9000 files')
    expect(refused('refused <b>@everyone</b>\n')).toBe(
      'The changed files could not be listed: it refused for no known reason.',
    )
  })
})

describe('a snapshot from a sandbox that lies', () => {
  let bench: Bench
  afterEach(() => removeBench(bench))

  async function snapshot(answer: Partial<CommandResult>): Promise<unknown> {
    bench = createBench({ sandbox: createPlainSandbox(answer) })
    bench.source.commit({ f: '1' })
    const { workspace, commit } = await bench.workspaces.sync(REPO, 'main')
    return workspace.snapshot(await workspace.checkout(commit, 'test'), 'm').catch((error: unknown) => error)
  }

  it('about the bytes of a file is refused', async () => {
    const lie = frame({ path: 'f', content: 'x', id: idOf('y') })
    expect(await snapshot({ stdout: lie })).toMatchObject({
      code: 'internal',
      message: '"f" came out of the sandbox with other bytes.',
    })
  })

  it.each<[string, Partial<CommandResult>, string]>([
    ['ran out of time', { code: null, killed: 'timeout' }, 'sandbox_timeout'],
    ['was killed for its memory', { code: null, killed: 'memory' }, 'internal'],
    ['failed', { code: 1, stderr: 'bwrap: no' }, 'internal'],
    ['printed more than was kept', { stdout: frame(), cut: { stdout: 1, stderr: 0 } }, 'unsupported_file'],
  ])('or that %s is a failure of the stage', async (_what, answer, code) => {
    expect(await snapshot(answer)).toMatchObject({ name: 'StageFailure', code })
  })
})
