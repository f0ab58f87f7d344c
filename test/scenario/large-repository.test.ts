import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Plan } from '../../src/core/plan.ts'
import { commitEntries } from '../support/commit-entries.ts'
import type { Entry } from '../support/commit-entries.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel, UNDERSTOOD, writeAndSubmit } from '../support/role-model.ts'
import type { RoleModel } from '../support/role-model.ts'
import { submit } from '../support/scripted-model.ts'
import { HONEST_WORK, SMALL_PLAN, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const FILES = 5000
/** Characters of the blocks that each role of a run begins with. */
const DOSSIER = 100_000

const KINDS = [
  { folder: 'web/src/components', ending: 'ts', line: 'export const value = 1\n' },
  { folder: 'server/internal/handlers', ending: 'go', line: 'var value = 1\n' },
  { folder: 'jobs/nightly/reports', ending: 'py', line: 'value = 1\n' },
  { folder: 'docs/guides', ending: 'md', line: 'A sentence about the value.\n' },
  { folder: 'fixtures/recorded/answers', ending: 'json', line: '{ "value": 1 }\n' },
  { folder: 'assets/images', ending: 'png', line: '\u0089PNG\u0000\u0001' },
] as const

/** Six languages, folders of 40 files, each fiftieth path over 300 characters, some files of megabytes. */
function manyFiles(): Entry[] {
  const contents = new Map<string, Uint8Array>()
  const contentOf = (line: string, times: number): Uint8Array => {
    const key = `${times} ${line}`
    const known = contents.get(key) ?? Buffer.from(line.repeat(times))
    contents.set(key, known)
    return known
  }
  return Array.from({ length: FILES }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? KINDS[0]
    const group = `group-${Math.floor(index / 40)}`
    const deep = index % 50 === 0 ? `${'a-folder-with-quite-a-long-name/'.repeat(10)}` : ''
    const times = index % 1000 === 0 ? 150_000 : 1 + (index % 37) * 9
    return {
      path: `${kind.folder}/${group}/${deep}file-${index}.${kind.ending}`,
      content: contentOf(kind.line, times),
    }
  })
}

const ISSUE = {
  title: 'README does not say where tests are',
  body: 'Say in README.md that tests are in test/.',
}
/** By inspection: each run of the tests is a checkout of 5,000 files, and some fifteen of them would show nothing more. */
const PLAN: Plan = {
  ...SMALL_PLAN,
  title: 'Say where the tests are',
  criteria: [{ id: 'C1', text: 'README.md names `test/`', proof: { kind: 'inspection', how: 'read it' } }],
  files: [{ path: 'README.md', change: 'edit', why: 'it does not say it' }],
}
const WORK = {
  ...HONEST_WORK,
  intake: [submit({ ...UNDERSTOOD, kind: 'documentation' })],
  architect: [submit({ outcome: 'plan', plan: PLAN })],
  coder: [
    writeAndSubmit(
      { 'README.md': `${SMALL_REPOSITORY['README.md']}\nTests are in \`test/\`.\n` },
      { summary: 'README.md says where the tests are.', not_done: [], cannot: null },
    ),
  ],
  reviewer: [submit({ summary: 'It says so.', findings: [], not_checked: [] })],
}

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

/** What the architect reads first, up to its own prompt. */
function dossierOf(model: RoleModel): string[] {
  const content = model.askedBy('architect')[0]?.body.messages[0]?.content
  if (typeof content === 'string' || content === undefined) throw new Error('The message has no blocks')
  return content.slice(0, -1).map((block) => String(block['text']))
}

function block(blocks: readonly string[], title: string): string {
  const found = blocks.find((one) => one.includes(title))
  if (found === undefined) throw new Error(`No block is about "${title}"`)
  return found
}

/** Of the published commit. */
async function paths(scenario: Scenario): Promise<readonly string[]> {
  const { git } = scenario.floor.forge.repo(scenario.name)
  const { tree } = await git.readCommit(scenario.pulls()[0]?.pull?.head ?? '')
  const entries = await git.readTree(tree, true)
  return entries.filter(({ type }) => type === 'blob').map(({ path }) => path)
}

describe('a repository of 5,000 files', () => {
  it(
    'gets its draft with a dossier that keeps its size, says what it leaves out, and asks GitHub no more often',
    async () => {
      const model = await startRoleModel(WORK)
      const manual = 'Each rule of this manual stands on a line of its own.\n'.repeat(1000)
      const files = { ...SMALL_REPOSITORY, 'AGENTS.md': manual }
      await room.play({ files, model }, async (scenario) => {
        await commitEntries(scenario, manyFiles())
        scenario.begin(ISSUE)
        // Each wait has its own patience: writing 5,000 files takes seconds on a slow disk.
        await scenario.reaches(({ at }) => at.stage === 'coding')
        await scenario.reaches(({ at }) => at.stage === 'reviewing')
        expect((await scenario.ended()).at.stage).toBe('integrating')
        const blocks = dossierOf(model)
        expect(blocks.join('').length).toBeLessThanOrEqual(DOSSIER)
        const rails = block(blocks, '# Instructions of the repository')
        expect(rails).toContain('… (30024 more characters of AGENTS.md left out)')
        const map = block(blocks, '# Map of the repository')
        expect(map).toMatch(
          /\n\n5000 of 5005 files have no line of their own in the map; list them with the glob tool\.$/,
        )
        expect(map).toContain('    components/ (834 files, 10 MB)\nAGENTS.md 53 kB\nREADME.md 24 B\n')

        // Spec 7.4, as for a repository of four files; and the change alone goes over the line.
        const { writes, reads } = scenario.traffic()
        expect(writes.length).toBeLessThanOrEqual(15)
        expect(reads.length).toBeLessThanOrEqual(30)
        expect(writes.filter((line) => line.includes('/git/')).map((line) => line.split(' ')[1])).toEqual([
          '/repos/acme/widget/git/trees',
          '/repos/acme/widget/git/commits',
          '/repos/acme/widget/git/refs',
        ])
        expect(await paths(scenario)).toHaveLength(5005)
        expect(await scenario.leftovers()).toEqual({ checkouts: [], processes: [] })
      })
    },
    MINUTES,
  )
})
