import { describe, expect, it } from '@jest/globals'
import { readConfig } from '../../../src/adapters/config-file/read-config.ts'
import { DEFAULT_CONFIG } from '../../../src/core/config.ts'

describe('readConfig', () => {
  it('reads an empty file, and one of comments, as the defaults', () => {
    for (const text of ['', '\n', '# nothing\n', '---\n', 'budget:\n  # per_issue_usd: 5\n']) {
      expect(readConfig(text)).toEqual({ ok: true, config: DEFAULT_CONFIG })
    }
  })

  it('reads what people write', () => {
    const text = 'trust:\n  level: 3\ncommands:\n  test: npm test\nnetwork: { allow: [registry.npmjs.org] }\n'
    expect(readConfig(text)).toEqual({
      ok: true,
      config: {
        ...DEFAULT_CONFIG,
        trust: { ...DEFAULT_CONFIG.trust, level: 3 },
        commands: { ...DEFAULT_CONFIG.commands, test: 'npm test' },
        network: { allow: ['registry.npmjs.org'] },
      },
    })
  })

  it('puts line and column to each mistake', () => {
    const read = readConfig('trust:\n  level: 3\ngates:\n  plan: humann\n  pubish: auto\nbuget: {}\n')
    expect(read.ok ? [] : read.problems.map((p) => [p.path, p.suggestion, p.line, p.column])).toEqual([
      ['gates.plan', 'human', 4, 3],
      ['gates.pubish', 'gates.publish', 5, 3],
      ['buget', 'budget', 6, 1],
    ])
  })

  it.each([
    ['a key written twice', 'label: a\nlabel: b\n', /twice/, 2],
    ['broken YAML', 'label: a\ntrust: [x\n', /No valid YAML/, 3],
    ['several documents', 'label: a\n---\nlabel: b\n', /several YAML documents/, 2],
    ['a tag', 'label: !js x\n', /Unresolved tag/, 1],
    ['an alias that leads nowhere', 'label: *a\n', /YAML/, 1],
  ])('refuses %s with its line', (_name, ...[text, message, line]) => {
    const read = readConfig(text)
    expect(read).toMatchObject({
      ok: false,
      problems: [{ path: '', message: expect.stringMatching(message), line }],
    })
  })

  it('refuses aliases that multiply', () => {
    const step = (name: string, of: string) => `${name}: &${name} [${`*${of}, `.repeat(9)}]\n`
    const bomb = `a: &a [x]\n${step('b', 'a')}${step('c', 'b')}${step('d', 'c')}${step('e', 'd')}`
    expect(readConfig(bomb)).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringMatching(/aliases/) }],
    })
    const many = `a: &a x\nb: [${'*a, '.repeat(51)}]\n`
    expect(readConfig(many)).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringMatching(/aliases/) }],
    })
  })

  it('names every key that is written twice', () => {
    const read = readConfig('label: a\ntrust:\n  level: 2\n  level: 3\nlabel: b\n')
    expect(read).toEqual({
      ok: false,
      problems: [
        { path: '', message: 'A key is written twice; keep one of them.', line: 4, column: 3 },
        { path: '', message: 'A key is written twice; keep one of them.', line: 5, column: 1 },
      ],
    })
  })

  it('lists mistakes in the order of the file, whatever their kind', () => {
    const read = readConfig('buget: {}\ngates:\n  plan: humann\nlabel: []\n')
    expect(read.ok ? [] : read.problems.map(({ line }) => line)).toEqual([1, 3, 4])
  })

  it('reads bytes that are UTF-8, with or without a mark, and guesses at no others', () => {
    expect(readConfig(Buffer.from('\u{FEFF}label: größe\n'))).toMatchObject({
      ok: true,
      config: { label: 'größe' },
    })
    expect(readConfig(Buffer.from('label: größe\n', 'latin1'))).toEqual({
      ok: false,
      problems: [{ path: '', message: 'The file is no UTF-8 text. Save it with the encoding UTF-8.' }],
    })
    expect(readConfig(Buffer.from('\u{FEFF}label: a\n', 'utf16le'))).toMatchObject({ ok: false })
    expect(readConfig(new Uint8Array(1_000_000))).toEqual({
      ok: false,
      problems: [{ path: '', message: 'The file has 1000000 bytes; at most 65536 are read.' }],
    })
  })

  it('refuses more than 64 kB unread, and survives deep nesting', () => {
    expect(readConfig(`# ${'ü'.repeat(33_000)}`)).toMatchObject({
      ok: false,
      problems: [{ message: 'The file has 66002 bytes; at most 65536 are read.' }],
    })
    expect(readConfig(`label: ${'['.repeat(20_000)}`).ok).toBe(false)
  })

  it('has no way to the prototype of objects', () => {
    expect(readConfig('__proto__: { enabled: false }\n')).toMatchObject({
      ok: false,
      problems: [{ path: '__proto__' }],
    })
  })
})
