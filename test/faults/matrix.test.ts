/** docs/reliability.md and the tests name the same faults, and what it quotes is what people read. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from '@jest/globals'

const ROOT = join(import.meta.dirname, '../..')
const IDS = Array.from({ length: 64 }, (_, index) => `F-${String(index + 1).padStart(2, '0')}`)
/** Where sentences that people read are written. */
const SAID = ['src/core/say', 'src/agent', 'src/adapters/github']

interface Row {
  readonly id: string
  readonly sees: string
  readonly shownBy: readonly string[]
}

let rows: readonly Row[]
let without: readonly string[]
/** Ids at the beginning of a title, by test file. */
let titled: ReadonlyMap<string, ReadonlySet<string>>

beforeAll(async () => {
  const page = await readFile(join(ROOT, 'docs/reliability.md'), 'utf8')
  const lines = page.split('\n').filter((line) => /^\| F-\d\d /.test(line))
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()))
  rows = cells
    .filter(({ length }) => length === 7)
    .map(([, id = '', , , sees = '', shown = '']) => ({
      id,
      sees,
      shownBy: [...shown.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    }))
  without = cells.filter(({ length }) => length === 5).map(([, id = '']) => id)
  expect(rows.length + without.length).toBe(lines.length)
  titled = await idsByFile()
})

async function idsByFile(): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>()
  for (const path of await filesIn('test')) {
    const text = await readFile(join(ROOT, path), 'utf8')
    const titles = [...text.matchAll(/['"`](F-\d\d(?:, F-\d\d)*)\b/g)].map(([, ids = '']) => ids)
    const ids = new Set(titles.flatMap((each) => each.split(', ')))
    if (ids.size > 0) found.set(path, ids)
  }
  return found
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length + 1))
}

it('every row of the fault matrix is listed once, with its tests or with the reason why it has none', () => {
  expect([...rows.map(({ id }) => id), ...without].toSorted()).toEqual(IDS)
})

it('every file that a row names has a test whose title begins with its id', () => {
  const missing = rows.flatMap(({ id, shownBy }) =>
    shownBy.length === 0
      ? [`${id}: no file is named`]
      : shownBy.filter((path) => !titled.get(path)?.has(id)).map((path) => `${id}: ${path}`),
  )
  expect(missing).toEqual([])
})

it('every id that a title begins with is the id of a listed row', () => {
  const known = new Set(rows.map(({ id }) => id))
  const unknown = [...titled].flatMap(([path, ids]) =>
    [...ids].filter((id) => !known.has(id)).map((id) => `${path}: ${id}`),
  )
  expect(unknown).toEqual([])
})

it('every sentence that is quoted is one that people read', async () => {
  const paths = (await Promise.all(SAID.map(filesIn))).flat()
  const source = (await Promise.all(paths.map((path) => readFile(join(ROOT, path), 'utf8')))).join('\n')
  const quoted = rows.flatMap(({ id, sees }) =>
    [...sees.matchAll(/“([^”]+)”/g)].map(([, words = '']) => ({ id, words })),
  )
  expect(quoted.length).toBeGreaterThan(20)
  expect(quoted.filter(({ words }) => !source.includes(words))).toEqual([])
})
