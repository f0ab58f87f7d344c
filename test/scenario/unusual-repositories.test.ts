import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { commitEntries } from '../support/commit-entries.ts'
import type { Entry } from '../support/commit-entries.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { calls, startRoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { HONEST_WORK, MENDED, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

async function publishedTree(scenario: Scenario): Promise<readonly string[]> {
  const { git } = scenario.floor.forge.repo(scenario.name)
  const head = scenario.pulls()[0]?.pull?.head ?? ''
  const { tree } = await git.readCommit(head)
  const files = (await git.readTree(tree, true)).filter(({ type }) => type === 'blob')
  return files.map(({ path }) => path)
}

/** `mode id path`, submodules and links too. */
async function entriesAt({ floor, name }: Scenario, commit: string): Promise<readonly string[]> {
  const { git } = floor.forge.repo(name)
  const { tree } = await git.readCommit(commit)
  const entries = (await git.readTree(tree, true)).filter(({ type }) => type !== 'tree')
  return entries.map(({ mode, id, path }) => `${mode} ${id} ${path}`)
}

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'b'.repeat(64)}\nsize 12345\n`
const ODD_ENTRIES: readonly Entry[] = [
  { path: 'vendor/dep', mode: '160000', content: 'a'.repeat(40) },
  { path: '.gitattributes', content: '*.psd filter=lfs diff=lfs merge=lfs -text\n' },
  { path: 'art/logo.psd', content: POINTER },
  { path: 'art/film.bin', content: new Uint8Array(20 * 1024 * 1024) },
  { path: 'docs/passwd', mode: '120000', content: '../../../../../../../../etc/passwd' },
  { path: 'docs/\u202Egpj.exe', content: 'x' },
  { path: `${'long/'.repeat(200)}end.txt`, content: 'deep' },
]

describe('a repository in which nothing can be done', () => {
  it(
    'because it is empty is told so',
    async () => {
      const model = await startRoleModel({})
      await room.play({ model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'repository_empty' })
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario, [])
      })
    },
    MINUTES,
  )

  it(
    'because nothing says how it is tested is told so, and what was looked for',
    async () => {
      const { 'README.md': readme = '', 'lib/sum.js': sum = '' } = SMALL_REPOSITORY
      const model = await startRoleModel({})
      await room.play({ files: { 'README.md': readme, 'lib/sum.js': sum }, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'no_test_command' })
        expect(scenario.status()).toContain('There is no `package.json`, and nothing that pytest would run.')
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'because its config is wrong is told where, and what was meant',
    async () => {
      const config = 'budget:\n  per_isue_usd: 5\n'
      const model = await startRoleModel({})
      const files = { ...SMALL_REPOSITORY, '.github/millwright.yml': config }
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'config_invalid' })
        expect(scenario.status()).toContain('per_issue_usd')
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'F-12: because it was archived meanwhile is left as it is, and the operator reads why',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model, errors: ['event_failed'] }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        scenario.floor.forge.archive(scenario.name)
        await scenario.quiet()
        // GitHub takes no comment there, so the log is the only place left.
        const failed = scenario.log.find(({ event }) => event === 'event_failed')
        expect(failed?.cause).toContain('the repository must not be archived')
        expect([scenario.issue().comments, scenario.states, model.asked]).toEqual([[], [], []])
      })
    },
    MINUTES,
  )
})

describe('a repository whose tests fail already', () => {
  it(
    'gets its change, with the failing test named and not held against it',
    async () => {
      const old = "\ntest('an old sorrow', () => {\n  assert.equal(sum([0]), 7)\n})\n"
      const files = {
        ...SMALL_REPOSITORY,
        'test/sum.test.js': `${SMALL_REPOSITORY['test/sum.test.js']}${old}`,
      }
      const model = await startRoleModel(HONEST_WORK)
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(scenario.pulls()[0]?.body).toMatch(
          /1 test failed on base already and is not held against this change: `[^`]*an old sorrow`/,
        )
        expect(scenario.notes).toContain('1 test(s) fail on the base already; they are left out')
      })
    },
    MINUTES,
  )
})

describe('a repository unlike others', () => {
  it(
    'may call its default branch trunk, and hold what no folder on disk shows as it is',
    async () => {
      const look = calls(['read', { file_path: 'docs/passwd' }], ['grep', { pattern: 'root:', path: 'docs' }])
      const model = await startRoleModel({ ...HONEST_WORK, architect: [look, ...HONEST_WORK.architect] })
      const files = { ...SMALL_REPOSITORY, 'docs/two\nlines.md': 'Whoever made this had fun.\n' }
      await room.play({ files, repository: { defaultBranch: 'trunk' }, model }, async (scenario) => {
        const base = await commitEntries(scenario, ODD_ENTRIES)
        scenario.begin(SMALL_ISSUE)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(scenario.pulls()[0]?.pull?.baseBranch).toBe('trunk')
        expect(scenario.notes.slice(0, 2)).toEqual([
          '1 submodule(s): their files are not checked out',
          'Git LFS: large files are checked out as pointers',
        ])

        // All of it is as it was, bytes and modes.
        const before = await entriesAt(scenario, base)
        const after = await entriesAt(scenario, scenario.pulls()[0]?.pull?.head ?? '')
        const changed = after.filter((line) => !before.includes(line)).map((line) => line.split(' ')[2])
        expect(changed).toEqual(['lib/sum.js', 'test/first.test.js'])
        expect(before).toHaveLength(after.length - 1)

        const [first, second] = model.askedBy('architect')
        const shown = JSON.stringify(first?.body.messages[0]?.content)
        for (const name of ['two[U+000A]lines.md', '[U+202E]gpj.exe 1 B', 'film.bin 20 MB', 'passwd 34 B'])
          expect(shown).toContain(name)
        // The link is there and leads nowhere.
        expect(second?.body.messages.at(-1)?.content).toMatchObject([
          { content: 'path "docs/passwd" is outside the session\'s working directory', is_error: true },
          { content: 'no matches' },
        ])
        expect(model.asked.map(({ raw }) => raw).join('')).not.toContain('root:x:0')
      })
    },
    MINUTES,
  )

  it(
    'is told why its tests cannot pass where they need a submodule',
    async () => {
      const config = 'commands:\n  test: test -f vendor/dep/Makefile\n'
      const files = { ...SMALL_REPOSITORY, '.github/millwright.yml': config }
      const model = await startRoleModel({})
      await room.play({ files, model }, async (scenario) => {
        await commitEntries(scenario, ODD_ENTRIES)
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'red_baseline' })
        expect(scenario.status()).toContain(
          '```text\n1 submodule(s): their files are not checked out\nGit LFS: large files are checked out as pointers\n',
        )
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it.each([
    ['a path of 4,000 characters', `${'long/'.repeat(800)}end.txt`, 4007],
    ['a name of 300 characters', `${'x'.repeat(300)}.md`, 303],
  ])(
    'is refused for %s, which no checkout can hold',
    async (_what, path, length) => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        await commitEntries(scenario, [{ path, content: 'x' }])
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'path_too_long' })
        expect(scenario.status()).toContain(
          `\`\`\`text\n${path.slice(0, 200)}… (${length} characters)\n\`\`\``,
        )
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )
})

describe('a change that holds', () => {
  const made = (command: string) => {
    const write = ['write', { file_path: 'lib/sum.js', content: MENDED }] as const
    const result = { summary: 'sum adds all numbers now.', not_done: [], cannot: null }
    return { ...HONEST_WORK, coder: [calls(['bash', { command }], write, ['submit', { result }])] }
  }

  it.each([
    [
      'a link out of the tree',
      'ln -s ../../../../etc/passwd lib/secret',
      '"lib/secret" is a symlink that points out of the repository.',
    ],
    [
      'a link to a place on the machine',
      'ln -s /etc/passwd lib/secret',
      '"lib/secret" is a symlink that points out of the repository.',
    ],
    [
      'a file of more than 20 MB',
      'head -c 21000000 /dev/zero > lib/big.bin',
      'The changed files hold 21000094 bytes, and at most 20971520 can be taken. Were build results left that `.gitignore` does not name?',
    ],
    [
      'a repository of its own',
      'git init -q lib/sub && cd lib/sub && git -c user.name=a -c user.email=a@b commit --allow-empty -qm x',
      'A new folder holds a git repository of its own, which cannot become part of this one.',
    ],
  ])(
    '%s is refused before anybody pays for its review',
    async (_what, command, sentence) => {
      const model = await startRoleModel(made(command))
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'unsupported_file' })
        expect(scenario.status()).toContain(`\`\`\`text\n${sentence}\n\`\`\``)
        expect(model.askedBy('reviewer')).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'a name that reads backwards over two lines is published as it is and shown as what it is',
    async () => {
      const model = await startRoleModel(made("printf x > $'lib/a\\nb\\u202Egpj.js'"))
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(await publishedTree(scenario)).toContain('lib/a\nb\u202Egpj.js')
        expect(scenario.pulls()[0]?.body).toContain(
          '- **Unproved: 1 hunk of 2.** No test goes red without it: all of `lib/a b[U+202E]gpj.js`.\n',
        )
      })
    },
    MINUTES,
  )
})
