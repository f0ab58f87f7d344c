import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findToolchain } from '../../src/adapters/sandbox/find-toolchain.ts'
import { sandboxOwner } from '../../src/adapters/sandbox/state-folder.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { HANDBOOK_SHAPE, PYTHON_SHAPE, TYPED_SHAPE } from '../support/other-repositories.ts'
import { pytestMissing } from '../support/pytest-missing.ts'
import { startRoleModel } from '../support/role-model.ts'
import { submit } from '../support/scripted-model.ts'

const MINUTES = 5 * 60_000
const SEEN =
  'A runner without a model saw this, in a clean checkout with freshly installed dependencies and no network.'

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

function pull(scenario: Scenario) {
  const found = scenario.pulls()[0]
  if (!found?.pull) throw new Error('There is no pull request')
  return { ...found.pull, body: found.body ?? '' }
}

/** From one heading of the page to the next. */
function part(page: string, heading: string): string {
  return page.split(`${heading}\n\n`)[1]?.split(/\n\n?(?=##|\*\*What you can do|<sub>)/)[0] ?? ''
}

async function published(scenario: Scenario, path: string): Promise<string> {
  const { git } = scenario.floor.forge.repo(scenario.name)
  const { tree } = await git.readCommit(pull(scenario).head)
  const file = (await git.readTree(tree, true)).find((entry) => entry.path === path)
  return Buffer.from(await git.readBlob(file?.id ?? '')).toString()
}

async function publishedPaths(scenario: Scenario): Promise<readonly string[]> {
  const { git } = scenario.floor.forge.repo(scenario.name)
  const { tree } = await git.readCommit(pull(scenario).head)
  const entries = await git.readTree(tree, true)
  return entries.filter(({ type }) => type === 'blob').map(({ path }) => path)
}

/** Without the time and the money, which differ. */
function checklist(scenario: Scenario): readonly string[] {
  const lines = scenario.status().match(/^- \[[ x]\] .*$/gm) ?? []
  return lines.map((line) => line.slice(2).replace(/ \([^()]*\)$/, ''))
}

function check(scenario: Scenario): readonly (string | null)[] {
  const [only] = scenario.floor.forge.repo(scenario.name).checks
  return [only?.conclusion ?? null, only?.title ?? null]
}

describe('a repository of documentation only', () => {
  const { files, issue, plan, work } = HANDBOOK_SHAPE

  it(
    'gets its draft, which says that no program has seen it work',
    async () => {
      const model = await startRoleModel(work)
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(issue)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(model.roles()).toEqual(['intake', 'architect', 'plan_reviewer', 'coder', 'reviewer'])
        expect(scenario.notes).toContain('Documentation only: there is no test to run')
        expect(await published(scenario, 'docs/handbook.md')).toContain('`people@example.com`')
        const { body } = pull(scenario)
        expect(part(body, '## Evidence')).toBe(
          [
            'There was no test to run, so no program has seen that this does what was asked for. The last two columns stay empty: please read the change.',
            '',
            '| Criterion | Test | On base | On head |',
            '| --- | --- | --- | --- |',
            '| C1 The handbook names `people@example.com` for holidays | by inspection: read the section Holidays of docs/handbook.md | – | – |',
            '',
            '- Old tests: there were none to compare.',
            '- No source hunk to take back.',
          ].join('\n'),
        )
        expect(part(body, '## Not checked')).toBe(
          [
            '- C1 is shown by no test: read the section Holidays of docs/handbook.md',
            '- This repository holds documentation only: there was no test to run.',
            '- Documentation and lock files are not proved by tests: docs/handbook.md',
          ].join('\n'),
        )
        const [conclusion, title] = check(scenario)
        expect(conclusion).toBe('neutral')
        expect(title).toMatch(/^Nothing proved by a test, a person merges/)
        expect(checklist(scenario)).toEqual([
          '[x] intake: reading the issue and running the tests there are',
          '[x] planning: an architect plans, a second mind checks the plan',
          '[x] specifying: no test to write: every criterion is judged by inspection',
          '[x] coding: the smallest change that does what the plan says',
          '[x] verifying: a clean room with no model runs what there is to run',
          '[x] reviewing: a reviewer who did not write it looks for what is wrong',
          '[x] publishing: branch, draft pull request, review, check',
          '[ ] **integrating**: a person decides',
        ])
        expect(JSON.stringify(model.askedBy('coder')[0]?.body.messages[0]?.content)).toContain(
          'There is no test to run here, and no framework to write one in.',
        )
      })
    },
    MINUTES,
  )

  it(
    'has an architect that plans a test told why there can be none',
    async () => {
      const tested = {
        ...plan,
        criteria: plan.criteria.map((one) => ({ ...one, proof: { kind: 'test', introduces: null } })),
      }
      const model = await startRoleModel({
        ...work,
        architect: [submit({ outcome: 'plan', plan: tested }), submit({ outcome: 'plan', plan })],
      })
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(issue)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        const told = JSON.stringify(model.askedBy('architect')[1]?.body.messages.at(-1)?.content)
        expect(told).toContain(
          '- criteria: nothing can be run in this repository, so each is proved by inspection',
        )
      })
    },
    MINUTES,
  )
})

describe('a Python package', () => {
  const { files, issue, work } = PYTHON_SHAPE

  it(
    'is tested with pytest, or the machine lacks it and nothing of this was tried',
    async () => {
      const { found } = await findToolchain({
        path: process.env['PATH'] ?? '',
        home: process.env['HOME'] ?? '/nonexistent',
        owner: sandboxOwner(),
      })
      const missing = pytestMissing(found['python3'] ?? '/usr/bin/python3')
      if (missing !== undefined) {
        process.stderr.write(`pytest was NOT tried: ${missing}\n`)
        // A developer may be without it; CI may not, or its green would say something that nobody tried.
        expect(process.env['CI'] === 'true' ? 'CI needs python3-pytest' : '').toBe('')
        return
      }
      const model = await startRoleModel(work)
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(issue)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(scenario.notes).toContain('Baseline: 1 test(s) pass')
        const { body } = pull(scenario)
        expect(part(body, '## Evidence')).toBe(
          [
            SEEN,
            '',
            '| Criterion | Test | On base | On head |',
            '| --- | --- | --- | --- |',
            '| C1 `wrap("abc", -1)` raises a `ValueError` that says `width must be at least 1` | `test_refuses_a_width_below_one`<br>`tests/test_width.py` | 🔴 failed by its assertion<br>`AssertionError: assert [] == \'width must be at least 1\'` | 🟢 passed 5 of 5 runs |',
            '',
            '- Old tests: 1 passed on base, and nothing that passed there fails on head (compared test by test).',
            '- Each source hunk was taken back alone and a test went red every time (1 of 1).',
          ].join('\n'),
        )
        expect(part(body, '## Not checked')).toBe('Nothing that was asked for was left unchecked.')
      })
    },
    MINUTES,
  )
})

describe('a typed package that is built before it is tested', () => {
  const { files, issue, work } = TYPED_SHAPE

  it(
    'gets its feature, the weak red said, and nothing published of what was built',
    async () => {
      const model = await startRoleModel(work)
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(issue)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        const { body } = pull(scenario)
        expect(part(body, '## Evidence')).toBe(
          [
            SEEN,
            '',
            '| Criterion | Test | On base | On head |',
            '| --- | --- | --- | --- |',
            '| C1 `titleCase("a small step")` gives `"A Small Step"` | `each word begins with a capital`<br>`test/title-case.test.js` | 🟠 could not load: the new name was not there yet (weak)<br>`TypeError: titleCase is not a function` | 🟢 passed 5 of 5 runs |',
            '',
            '- Old tests: 2 passed on base, and nothing that passed there fails on head (compared test by test).',
            '- Each source hunk was taken back alone and a test went red every time (2 of 2).',
          ].join('\n'),
        )
        expect(part(body, '## Not checked')).toBe(
          '- C1 is red on base only weakly: its test cannot load there.',
        )
        const [conclusion, title] = check(scenario)
        expect(conclusion).toBe('neutral')
        expect(title).toMatch(
          /^1 test weakly red on base and green on head, every hunk needed, a person merges/,
        )
        // What the build wrote is no part of the change.
        expect(await publishedPaths(scenario)).toEqual(
          [...Object.keys(files), 'test/title-case.test.js'].toSorted(),
        )
      })
    },
    MINUTES,
  )
})
