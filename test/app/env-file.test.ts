import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
  readdirSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeEnvFile, readEnvFile } from '../../src/app/env-file.ts'

const AT = '2026-11-21T10:00:00.000Z'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'env-'))
  file = join(folder, '.env')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('changing the file', () => {
  it('makes one that only its owner can read, and that reads back as it was written', async () => {
    const values = {
      KEY: '-----BEGIN RSA-----\nabc+/=\n-----END RSA-----\n',
      PLAIN: 'a-1',
      URL: 'http://x:1/y',
      ODD: "it's # odd",
    }
    expect(await changeEnvFile(file, values, AT)).toEqual([])
    expect(readFileSync(file, 'utf8')).toBe(
      'KEY="-----BEGIN RSA-----\\nabc+/=\\n-----END RSA-----"\nPLAIN=a-1\nURL=http://x:1/y\nODD="it\'s # odd"\n',
    )
    expect(readEnvFile(file)).toEqual({ ...values, KEY: values.KEY.trim() })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['.env'])
  })

  it('keeps every other line, and what it replaces as comments', async () => {
    writeFileSync(
      file,
      "# mine\n\nexport A=old\nAA=other\nB='two\nlines'\nC=\n  D = spaced # note\nE=same\nlast=1",
      { mode: 0o644 },
    )
    const replaced = await changeEnvFile(file, { A: 'new', B: 'x', C: 'y', D: 'z', E: 'same' }, AT)
    expect(replaced).toEqual(['A', 'B', 'D'])
    expect(readFileSync(file, 'utf8')).toBe(
      [
        '# mine',
        '',
        `# Replaced by set-up on ${AT}:`,
        '# export A=old',
        'AA=other',
        `# Replaced by set-up on ${AT}:`,
        "# B='two",
        "# lines'",
        '# C=',
        `# Replaced by set-up on ${AT}:`,
        '#   D = spaced # note',
        'E=same',
        'last=1',
        'A=new',
        'B=x',
        'C=y',
        'D=z',
        '',
      ].join('\n'),
    )
    expect(readEnvFile(file)).toEqual({ AA: 'other', E: 'same', last: '1', A: 'new', B: 'x', C: 'y', D: 'z' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('writes where a link leads, and leaves the link', async () => {
    const real = join(folder, 'real')
    writeFileSync(real, 'A=1\n')
    symlinkSync(real, file)
    await changeEnvFile(file, { B: '2' }, AT)
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(readFileSync(real, 'utf8')).toBe('A=1\nB=2\n')
  })
})
