import { describe, expect, it } from '@jest/globals'
import type { Commands } from '../../src/ports/proof.ts'
import type { Workspace } from '../../src/ports/workspace.ts'
import type { Configured } from '../../src/proof/detect/detect-commands.ts'
import { detectCommands, PYTEST } from '../../src/proof/detect/detect-commands.ts'
import { commandForFiles } from '../../src/proof/detect/file-command.ts'

const BASE = '1'.repeat(40)

/** Only what detection reads: the list of files and their bytes at a commit. */
function tree(files: Readonly<Record<string, string>>): Workspace {
  const absent = (): never => {
    throw new Error('detection reads files at a commit and nothing else')
  }
  return {
    repo: { id: 1, owner: 'acme', name: 'thing' },
    files: () =>
      Promise.resolve(
        Object.entries(files).map(([path, text]) => ({ path, mode: '100644', id: BASE, size: text.length })),
      ),
    read: (commit, path) =>
      Promise.resolve(
        commit === BASE && path in files ? new TextEncoder().encode(files[path] ?? '') : undefined,
      ),
    tree: absent,
    diffText: absent,
    patch: absent,
    merge: absent,
    diff: absent,
    graft: absent,
    withoutHunk: absent,
    withoutFile: absent,
    withFiles: absent,
    checkout: absent,
    snapshot: absent,
    putBack: absent,
    withTree: absent,
    has: absent,
    keep: absent,
    share: absent,
    fetchShared: absent,
    pack: absent,
    unpack: absent,
    drop: absent,
    discard: absent,
  }
}

function detect(files: Readonly<Record<string, string>>, configured: Configured = {}) {
  return detectCommands(tree(files), BASE, configured)
}

function manifest(scripts: Record<string, string>, devDependencies: Record<string, string> = {}) {
  return { 'package.json': JSON.stringify({ scripts, devDependencies }) }
}

const OUT = '"$MILLWRIGHT_REPORT"'

async function testOf(scripts: Record<string, string>, packages: Record<string, string> = {}) {
  const found = await detect(manifest(scripts, packages))
  if ('problem' in found) throw new Error(found.problem)
  return [found.commands.report, found.commands.test]
}

describe('detection of npm test scripts', () => {
  it.each<[string, ...string[]]>([
    ['tape', 'tape test/*.js', 'tap', 'tape test/*.js'],
    ['tape behind a pretty printer', "tape 'test/*.js' | tap-spec", 'tap', "tape 'test/*.js'"],
    ['tape behind coverage', 'nyc --reporter=lcov tape test', 'tap', 'tape test'],
    ['tap', 'tap test/*.js', 'tap', 'tap --reporter=tap test/*.js'],
    ['jest', 'jest --coverage', 'jest', `jest --ci --json --outputFile=${OUT}`],
    [
      'jest with its environment',
      'NODE_ENV=test npx jest src',
      'jest',
      `NODE_ENV=test jest src --ci --json --outputFile=${OUT}`,
    ],
    ['vitest', 'vitest', 'vitest', `vitest run --reporter=json --outputFile=${OUT}`],
    [
      'mocha',
      'mocha -R spec --recursive test',
      'mocha',
      `mocha --recursive test --reporter json --reporter-option output=${OUT}`,
    ],
    ['node:test', 'node --test --test-reporter spec', 'tap', 'node --test-reporter=tap --test'],
    ['ava', 'ava', 'tap', 'ava --tap'],
    ['an unknown command', 'make check', 'none', 'make check'],
  ])('reads %s', async (_, script = '', ...expected) => {
    expect(await testOf({ test: script })).toEqual(expected)
  })

  it('takes the test part of a chain and says so', async () => {
    const found = await detect(manifest({ test: 'npm run lint && tape test/*.js', lint: 'eslint .' }))
    expect(found).toMatchObject({
      commands: {
        test: 'tape test/*.js',
        lint: 'npm run lint',
        origin: 'package.json scripts.test, of which `tape test/*.js` is run',
      },
    })
  })

  it('follows scripts, and keeps what must be built first, out of the report', async () => {
    const scripts = { test: 'npm run unit', unit: 'mocha dist', pretest: 'npm run build', build: 'tsc -p .' }
    expect(await testOf(scripts)).toEqual([
      'mocha',
      `( tsc -p . ) >&2 && mocha dist --reporter json --reporter-option output=${OUT}`,
    ])
  })

  it('runs old tap tests with tape where tape is there', async () => {
    expect(await testOf({ test: 'tap test/*.js' }, { tap: '^8', tape: '^3' })).toEqual([
      'tap',
      'tape test/*.js',
    ])
  })

  it('says that it did so', async () => {
    const found = await detect(manifest({ test: 'tap test/*.js' }, { tap: '^8', tape: '^3' }))
    expect(found).toMatchObject({
      commands: { origin: 'package.json scripts.test, with tape, which prints TAP' },
    })
  })

  it('ends on scripts that call each other', async () => {
    expect(await testOf({ test: 'npm run a', a: 'npm test' })).toEqual(['none', 'npm run a'])
  })

  it('installs by the lock file, and without one writes none', async () => {
    const scripts = { test: 'jest' }
    expect(await detect(manifest(scripts))).toMatchObject({
      commands: {
        setup: 'npm install --ignore-scripts --no-audit --no-fund --no-package-lock',
        setupHosts: ['registry.npmjs.org'],
      },
    })
    expect(await detect({ ...manifest(scripts), 'package-lock.json': '{}' })).toMatchObject({
      commands: { setup: 'npm ci --ignore-scripts --no-audit --no-fund' },
    })
  })

  it.each<Record<string, string>>([
    { lint: 'eslint --fix .' },
    { lint: 'eslint .', prelint: 'prettier --write .' },
    { lint: 'npm run style', style: 'eslint --fix .' },
  ])('takes no linter that mends what it finds: %j', async (scripts) => {
    expect(await detect(manifest({ test: 'jest', ...scripts }))).toMatchObject({
      commands: { lint: undefined },
    })
  })

  it('runs lint as npm does, and takes no part of it for a part of the tests', async () => {
    const found = await detect(
      manifest({
        prelint: 'evalmd README.md',
        lint: "eclint check $(git ls-files | xargs find 2> /dev/null | grep -vE 'x|y') && eslint --ext=js,mjs .",
        postlint: 'tsc -p . && attw -P',
        pretest: 'npm run lint',
        test: 'npm run tests-only',
        'tests-only': "nyc tape 'test/**/*.js'",
      }),
    )
    expect(found).toMatchObject({
      commands: { lint: 'npm run lint', test: "tape 'test/**/*.js'", oneFile: 'tape FILE' },
    })
  })

  it('does not take apart what stands in a substitution or a group', async () => {
    const scripts = {
      test: '(cd a && make | tee log) && node build.js $(ls | head; date) | cat && tape test',
    }
    expect(await testOf(scripts)).toEqual([
      'tap',
      '( (cd a && make | tee log) ) >&2 && ( node build.js $(ls | head; date) ) >&2 && tape test',
    ])
  })
})

describe('detection elsewhere', () => {
  it.each([
    ['pytest.ini', { 'pytest.ini': '[pytest]\n' }],
    ['pyproject.toml', { 'pyproject.toml': '[tool.pytest.ini_options]\n' }],
    ['tests/test_a.py', { 'tests/test_a.py': '' }],
  ])('finds pytest by %s', async (origin, files) => {
    expect(await detect(files)).toMatchObject({
      commands: {
        test: PYTEST,
        report: 'pytest',
        setup: undefined,
        setupHosts: [],
        origin: `pytest (${origin})`,
      },
    })
  })

  it.each([
    ['nothing', {}, 'There is no `package.json`, and nothing that pytest would run.'],
    [
      "npm's placeholder",
      manifest({ test: 'echo "Error: no test specified" && exit 1' }),
      "npm's placeholder",
    ],
    ['no script', manifest({}), '`package.json` has no `scripts.test`.'],
    ['a broken manifest', { 'package.json': '{' }, '`package.json` is not valid JSON.'],
  ])('says what is the matter with %s, and what to do', async (_, files, sentence) => {
    const found = await detect(files)
    expect(found).toMatchObject({ problem: expect.stringContaining(sentence) })
    expect(found).toMatchObject({
      problem: expect.stringContaining('Set `commands.test` in `.github/millwright.yml`'),
    })
  })

  it('takes what config says before anything else', async () => {
    const configured = {
      setup: 'make deps',
      test: 'make test',
      report: 'junit',
      timeoutSeconds: 60,
      allowHosts: ['mirror.example'],
    } as const
    const commands: Commands = {
      setup: 'make deps',
      test: 'make test',
      lint: undefined,
      report: 'junit',
      setupHosts: ['mirror.example'],
      timeoutSeconds: 60,
      origin: 'config (commands.test)',
    }
    expect(await detect({}, configured)).toEqual({ commands })
  })
})

describe('the command for some files', () => {
  const only = (test: string, files = ["test/a b's.js"]): string | undefined =>
    commandForFiles({ test }, files)

  it.each([
    ['tape -r ./setup.js test/*.js', "tape -r ./setup.js 'test/a b'\\''s.js'"],
    ['( tsc ) >&2 && tape test/*.js', "( tsc ) >&2 && tape 'test/a b'\\''s.js'"],
    ['node --test-reporter=tap --test', "node --test-reporter=tap --test 'test/a b'\\''s.js'"],
    [
      `jest src --ci --outputFile=${OUT}`,
      `jest --ci --outputFile=${OUT} --runTestsByPath 'test/a b'\\''s.js'`,
    ],
    [`vitest run src --outputFile=${OUT}`, `vitest run --outputFile=${OUT} 'test/a b'\\''s.js'`],
    [PYTEST, `${PYTEST} 'test/a b'\\''s.js'`],
  ])('of %s', (test, expected) => {
    expect(only(test)).toBe(expected)
  })

  it('is not guessed where the command is not understood', () => {
    for (const test of ['make test', 'tape $(ls test)', 'go test -json ./...', 'npm test'])
      expect(only(test)).toBeUndefined()
    expect(only('tape test/*.js', ['--help'])).toBeUndefined()
  })
})

describe('a repository of documentation only', () => {
  it('has nothing to run, and says where that comes from', async () => {
    const found = await detect({
      'README.md': '# Handbook',
      'guide/start.rst': 'Start',
      'img/logo.svg': '<svg/>',
      LICENSE: 'MIT',
      '.github/workflows/spelling.yml': 'on: push',
    })
    expect(found).toMatchObject({
      commands: { test: undefined, setup: undefined, report: 'none', origin: 'documentation only' },
    })
  })

  it('runs what its config says all the same', async () => {
    const found = await detect({ 'README.md': '# Handbook' }, { test: 'sh check-links.sh' })
    expect(found).toMatchObject({ commands: { test: 'sh check-links.sh', origin: 'config (commands.test)' } })
  })

  it.each([
    ['a script', { 'README.md': '', 'build.sh': 'true' }],
    ['a stylesheet', { 'README.md': '', 'site/main.css': '' }],
    ['nothing but a workflow', { '.github/workflows/ci.yml': '' }],
    ['a manifest without tests', { 'README.md': '', 'package.json': '{}' }],
  ])('is none with %s: tests are asked for', async (_what, files) => {
    expect(await detect(files)).toHaveProperty('problem')
  })
})
