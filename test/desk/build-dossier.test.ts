import { describe, expect, it } from '@jest/globals'
import { buildDossier, buildPlannedFiles } from '../../src/desk/build-dossier.ts'
import { MemoryWorkspace, treeOf } from '../support/stages/memory-workspace.ts'
import { PLAN } from '../support/stages/positions.ts'

/** Too much source for the repository to be shown whole. */
const BULK = '//'.repeat(15_500)
const FILES = {
  'package.json':
    '{"name":"calc","main":"./index.js","types":"./types","exports":{"./sum":"./lib/sum.js"}}\n',
  'index.js': "module.exports = require('./lib/add')\n",
  'types.d.ts': "export * from './lib/shapes'\n",
  'lib/add.js': 'module.exports = (a, b) => a - b\n',
  'lib/sum.js': BULK,
  'lib/shapes.d.ts': 'export type Sum = number\n',
  'lib/more.js': BULK,
  'lib/aside.js': '// nobody needs this\n',
}
const COMMANDS = { test: 'npm test', lint: undefined, report: 'tap', origin: 'x', timeoutSeconds: 1 } as const
const nonce = 'nonce-1234'

function repository() {
  const workspace = new MemoryWorkspace()
  return { workspace, base: workspace.commit(treeOf(FILES)) }
}

function dossier(title: string, body = '') {
  const { workspace, base } = repository()
  const unread = { problem: '', wanted: '', hints: [], links: [], duplicates: [] }
  const counts = { hidden_characters: 0, cut_characters: 0 }
  const task = { title, body, kind: 'bug' as const, hash: '', ...unread, ...counts }
  const commands = { ...COMMANDS, setup: undefined, setupHosts: [] }
  return buildDossier(workspace, base, { task, commands, rails: [], nonce })
}

describe('a dossier of a repository that is not shown whole', () => {
  it('holds the small files that the manifest names and those that they import, and the manifest after them', async () => {
    const { held } = await dossier('calc adds wrongly')
    expect(held).toEqual([
      'index.js:1-end',
      'types.d.ts:1-end',
      'lib/add.js:1-end',
      'lib/shapes.d.ts:1-end',
      'package.json:1-end',
    ])
  })

  it('begins with the file that the task names', async () => {
    const { held } = await dossier('lib/aside.js is wrong')
    expect(held.slice(0, 2)).toEqual(['lib/aside.js:1-end', 'index.js:1-end'])
  })
})

describe('the files that a plan changes', () => {
  const planned = (paths: string[], held: string[] = []) => {
    const { workspace, base } = repository()
    const files = paths.map((path) => ({ path, change: 'edit' as const, why: '' }))
    return buildPlannedFiles(workspace, base, { plan: { ...PLAN, files }, held, nonce })
  }

  it('are shown once, whole, and those without room are named', async () => {
    const shown = await planned(['lib/add.js', 'index.js', 'lib/new.js', 'lib/more.js'], ['index.js:1-end'])
    expect(shown?.held).toEqual(['lib/add.js:1-end'])
    expect(shown?.text).toContain(`lib/add.js lines 1 to 1 ${nonce}>>>\nmodule.exports = (a, b) => a - b\n`)
    expect(shown?.text).toMatch(/\n\nlib\/more\.js is not shown: no room\.$/)
    expect(shown?.text).not.toContain('index.js')
  })

  it('make no section where all of them are shown or new', async () => {
    expect(await planned(['index.js', 'lib/new.js'], ['index.js:1-end'])).toBeUndefined()
  })
})
