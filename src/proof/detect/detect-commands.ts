/** Finds out how a repository is set up, tested and linted: config first, then npm, then pytest, from the base commit. */
import { z } from 'zod'
import type { ObjectId } from '../../core/ids.ts'
import type { Commands, Prover } from '../../ports/proof.ts'
import type { Workspace } from '../../ports/workspace.ts'
import type { ReportFormat } from '../reports/read-report.ts'
import { commandForFiles } from './file-command.ts'
import type { Package } from './npm-script.ts'
import { expandScript, opaqueTestScript, readTestScript } from './npm-script.ts'

export type Configured = Parameters<Prover['detect']>[2]
export type Detected = { commands: Commands } | { problem: string }

/** Manifests are short; a megabyte is a mistake or an attack. */
const MANIFEST_BYTES = 1024 * 1024
/** Long enough for the suites of ordinary packages, short enough that a hang costs minutes and not an hour. */
const TIMEOUT_SECONDS = 600

export const PYTEST =
  'python3 -m pytest -p no:cacheprovider --continue-on-collection-errors -o junit_family=xunit1 --junitxml="$MILLWRIGHT_REPORT"'

const manifest = z.object({
  scripts: z.record(z.string(), z.string()).optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
  devDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
})

interface Found {
  /** Undefined: documentation only. */
  readonly test: string | undefined
  readonly report: ReportFormat
  readonly setup: string | undefined
  readonly lint: string | undefined
  readonly origin: string
}

async function readText(workspace: Workspace, base: ObjectId, path: string): Promise<string | undefined> {
  const bytes = await workspace.read(base, path, MANIFEST_BYTES)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

function readPackage(text: string): Package | undefined {
  try {
    const parsed = manifest.safeParse(JSON.parse(text))
    if (!parsed.success) return undefined
    const { scripts = {}, dependencies = {}, devDependencies = {} } = parsed.data
    return { scripts, packages: new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)]) }
  } catch {
    return undefined
  }
}

/** As npm runs it, with what comes before and after it: taken apart, a shell script becomes another one. */
function lintOf(has: Package): string | undefined {
  if (!Object.hasOwn(has.scripts, 'lint')) return undefined
  const all = ['prelint', 'lint', 'postlint'].map((name) => has.scripts[name] ?? '')
  const called = expandScript('lint', has.scripts).map((segment) => segment.text)
  // A linter that mends what it finds would always pass.
  return [...all, ...called].some((text) => /--fix\b|--write\b/.test(text)) ? undefined : 'npm run lint'
}

const QUIET = '--ignore-scripts --no-audit --no-fund'

async function npmCommands(
  workspace: Workspace,
  base: ObjectId,
  text: string,
): Promise<Found | { problem: string }> {
  const has = readPackage(text)
  if (has === undefined)
    return { problem: '`package.json` is not valid JSON. Mend it, or set `commands.test`.' }
  const script = Object.hasOwn(has.scripts, 'test') ? (has.scripts.test ?? '') : ''
  if (script.trim() === '') return { problem: '`package.json` has no `scripts.test`.' }
  if (/no test specified/.test(script))
    return { problem: "`scripts.test` in `package.json` is npm's placeholder (`no test specified`)." }
  const locked =
    (await readText(workspace, base, 'package-lock.json').catch(() => '')) ??
    (await readText(workspace, base, 'npm-shrinkwrap.json').catch(() => ''))
  const known = readTestScript(has)
  const { command, report, taken } = known ?? opaqueTestScript(has)
  const part = taken === '' ? '' : `, of which \`${taken}\` is run`
  // Old versions of tap print a summary; people must not wonder why another program's name is in the log.
  const swapped =
    /(?:^|\s)tap\s/.test(taken || script) && /(?:^|\s)tape\s/.test(command)
      ? ', with tape, which prints TAP'
      : ''
  const unread = report === 'none' ? ', whose report cannot be read, so that only its exit code counts' : ''
  return {
    test: command,
    report,
    // Without a lock file npm would write one, which is no part of the change.
    setup: locked === undefined ? `npm install ${QUIET} --no-package-lock` : `npm ci ${QUIET}`,
    lint: lintOf(has),
    origin: `package.json scripts.test${part}${swapped}${unread}`,
  }
}

/** What makes a repository one that pytest tests: its config, or files in its naming scheme. */
async function pytestOrigin(workspace: Workspace, base: ObjectId): Promise<string | undefined> {
  const files = await workspace.files(base)
  if (files.some((file) => file.path === 'pytest.ini')) return 'pytest.ini'
  const hints: readonly (readonly [string, RegExp])[] = [
    ['pyproject.toml', /^\[tool\.pytest|\bpytest\b/m],
    ['setup.cfg', /^\[tool:pytest\]|\bpytest\b/m],
    ['tox.ini', /^\[pytest\]|\bpytest\b/m],
  ]
  for (const [path, hint] of hints) {
    const text = await readText(workspace, base, path)
    if (text !== undefined && hint.test(text)) return path
  }
  const named = files.find((file) => /^(?:tests?\/(?:.*\/)?)?(?:test_[^/]*|[^/]*_test)\.py$/.test(file.path))
  return named?.path
}

function reportOf(configured: Configured): ReportFormat {
  if (configured.report !== undefined) return configured.report
  const test = configured.test ?? ''
  if (test.includes('$MILLWRIGHT_REPORT') && /\bpytest\b/.test(test)) return 'pytest'
  if (/(?:^|[\s/])tape\s/.test(test) || /--test-reporter[= ]tap\b/.test(test)) return 'tap'
  if (/\bgo test\b.*-json\b/.test(test)) return 'go'
  return 'none'
}

/** Prose, pictures, and what git and editors keep beside them. One file of any other kind, and tests are asked for. */
const PROSE =
  /(?:\.(?:md|mdx|markdown|rst|txt|adoc|asciidoc|org|png|jpe?g|gif|svg|webp|ico|pdf)|(?:^|\/)(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS|CODEOWNERS|README|CHANGELOG|\.gitignore|\.gitattributes|\.editorconfig|\.mailmap))$/i

async function isProse(workspace: Workspace, base: ObjectId): Promise<boolean> {
  const files = await workspace.files(base)
  const ours = files.filter((file) => !file.path.startsWith('.github/'))
  return ours.length > 0 && ours.every((file) => PROSE.test(file.path))
}

async function find(workspace: Workspace, base: ObjectId): Promise<Found | { problem: string }> {
  const packageText = await readText(workspace, base, 'package.json')
  const npm = packageText === undefined ? undefined : await npmCommands(workspace, base, packageText)
  if (npm !== undefined && !('problem' in npm)) return npm
  const origin = await pytestOrigin(workspace, base)
  if (origin !== undefined)
    return { test: PYTEST, report: 'pytest', setup: undefined, lint: undefined, origin: `pytest (${origin})` }
  if (npm === undefined && (await isProse(workspace, base)))
    return {
      test: undefined,
      report: 'none',
      setup: undefined,
      lint: undefined,
      origin: 'documentation only',
    }
  const why = npm?.problem ?? 'There is no `package.json`, and nothing that pytest would run.'
  return {
    problem: `${why} Set \`commands.test\` in \`.github/millwright.yml\` to say how the tests are run.`,
  }
}

/** Commands for a commit. What config sets is taken as it is; the rest is detected. */
export async function detectCommands(
  workspace: Workspace,
  base: ObjectId,
  configured: Configured,
): Promise<Detected> {
  const found = await find(workspace, base)
  const detected = 'problem' in found ? undefined : found
  if (configured.test === undefined && 'problem' in found) return { problem: found.problem }
  const setup = configured.setup ?? detected?.setup
  const own = configured.test !== undefined
  const test = configured.test ?? detected?.test
  const oneFile = commandForFiles({ test }, ['FILE'])
  const hosts = setup === undefined ? [] : /^npm (?:ci|install)\b/.test(setup) ? ['registry.npmjs.org'] : []
  return {
    commands: {
      setup,
      test,
      ...(oneFile === undefined ? {} : { oneFile }),
      lint: configured.lint ?? detected?.lint,
      report: own ? reportOf(configured) : (configured.report ?? detected?.report ?? 'none'),
      setupHosts: [...new Set([...hosts, ...(configured.allowHosts ?? [])])],
      timeoutSeconds: configured.timeoutSeconds ?? TIMEOUT_SECONDS,
      origin: own ? 'config (commands.test)' : (detected?.origin ?? ''),
    },
  }
}
