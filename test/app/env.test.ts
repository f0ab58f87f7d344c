import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { githubAddresses, loadEnv, readEnv, VARIABLES } from '../../src/app/env.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'env-'))))
afterEach(() => rmSync(folder, { recursive: true }))

describe('the environment', () => {
  it('wins over the file, and what is set to nothing counts as not set', () => {
    const file = join(folder, 'settings')
    writeFileSync(file, 'APP_ID=1\nPORT=4000\nPRIVATE_KEY="-----BEGIN\\nabc"\nexport HOST=0.0.0.0\n')
    const env = readEnv(loadEnv({ MILLWRIGHT_ENV_FILE: file, APP_ID: '2', PORT: '' }))
    expect(env).toMatchObject({ APP_ID: '2', PORT: '4000', HOST: '0.0.0.0', PRIVATE_KEY: '-----BEGIN\nabc' })
  })

  it('leaves to one process what belongs to one, however many read the file', () => {
    const file = join(folder, 'settings')
    writeFileSync(file, 'APP_ID=1\nPORT=4000\n')
    expect(readEnv(loadEnv({ MILLWRIGHT_ENV_FILE: file }, ['PORT']))).toMatchObject({ APP_ID: '1' })
    expect(loadEnv({ MILLWRIGHT_ENV_FILE: file }, ['PORT'])['PORT']).toBeUndefined()
    expect(loadEnv({ MILLWRIGHT_ENV_FILE: file, PORT: '5000' }, ['PORT'])['PORT']).toBe('5000')
  })

  it('does without a file', () => {
    expect(loadEnv({ MILLWRIGHT_ENV_FILE: join(folder, 'none'), APP_ID: '2' })['APP_ID']).toBe('2')
  })

  it('says so where the file is there and cannot be read', () => {
    expect(() => loadEnv({ MILLWRIGHT_ENV_FILE: folder })).toThrow(
      `The file ${folder} can't be read (EISDIR).`,
    )
  })

  it('is described in full, in the words of the schema', () => {
    const page = readFileSync(new URL('../../docs/environment.md', import.meta.url), 'utf8')
    const rows = new Map(
      [...page.matchAll(/^\| `([A-Z_]+)`\s*\| (.*?)\s*\|$/gm)].map(([, name, text]) => [name, text]),
    )
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(VARIABLES.map(({ name, description }) => [name, description])),
    )
    expect(VARIABLES.filter(({ description }) => description === '')).toEqual([])
  })

  it.each([
    [undefined, 'https://github.com', 'https://api.github.com'],
    ['https://github.com/', 'https://github.com', 'https://api.github.com'],
    ['https://acme.ghe.com', 'https://acme.ghe.com', 'https://api.acme.ghe.com'],
    ['https://git.acme.example/', 'https://git.acme.example', 'https://git.acme.example/api/v3'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000', 'http://127.0.0.1:4000/api/v3'],
  ])('turns %s into the addresses of pages and API', (GITHUB_URL, webUrl, apiUrl) => {
    expect(githubAddresses({ GITHUB_URL })).toEqual({ webUrl, apiUrl })
  })

  it('refuses a GitHub that is no address', () => {
    expect(() => githubAddresses({ GITHUB_URL: 'github' })).toThrow(
      'GITHUB_URL is "github", which is not an address that begins with https://.',
    )
  })
})
