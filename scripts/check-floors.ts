// Checks the floors of `src` with dependency-cruiser, and that each rule can fail and leaves what is right alone.
import { execFile } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, copyFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { ICruiseResult } from 'dependency-cruiser'
import { allowed, planted, targets } from './planted-imports.ts'

const root = resolve(import.meta.dirname, '..')
const configFile = '.dependency-cruiser.cjs'

const { default: config } = (await import(`../${configFile}`)) as {
  default: { forbidden: { name: string; comment: string; to: { path?: string } }[] }
}
const reasons = new Map(config.forbidden.map(({ name, comment }) => [name, comment]))
// The rule sees such a file only once something imports it; here the same pattern is tried on every file.
const homeless = new RegExp(
  config.forbidden.find(({ name }) => name === 'every-file-has-a-floor')?.to.path ?? '',
)

type Violation = { rule: string; from: string; to: string }
type Cruise = { seen: Set<string>; violations: Violation[]; rules: string[] }

function cruise(folder: string): Promise<Cruise> {
  const depcruise = join(root, 'node_modules/.bin/depcruise')
  const args = [depcruise, 'src', '--config', configFile, '--output-type', 'json', '--preserve-symlinks']
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, maxBuffer: 256 * 1024 * 1024 },
      (_error, stdout, stderr) => {
        // The exit code counts violations; that it ran at all shows in whether it printed a result.
        try {
          done(read(JSON.parse(stdout) as ICruiseResult))
        } catch {
          fail(new Error(`dependency-cruiser printed no result: ${stderr || stdout}`))
        }
      },
    )
  })
}

function read({ modules, summary }: ICruiseResult): Cruise {
  const rules = summary.ruleSetUsed?.forbidden?.map((rule) => rule.name ?? '') ?? []
  const violations = summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
  return { seen: new Set(modules.map((module) => module.source)), violations, rules }
}

/** What is wrong with the real `src`. */
async function checkSource(): Promise<string[]> {
  const files = globSync('src/**/*.ts', { cwd: root })
  if (files.length === 0) return ['src holds no .ts file']
  const { seen, violations } = await cruise(root)
  const unseen = files.filter((file) => !seen.has(file))
  return [
    ...unseen.map((file) => `${file} was not seen by dependency-cruiser, so nothing about it was checked`),
    ...files.filter((file) => homeless.test(file)).map((file) => `${file} is on no floor: see ${configFile}`),
    ...violations.map(({ rule, from, to }) => `${from} imports ${to}: ${rule} (${reasons.get(rule) ?? ''})`),
  ]
}

/** What is wrong with the rules themselves, tried on planted files in a folder of their own. */
async function checkRules(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'floors-'))
  try {
    for (const file of [configFile, 'package.json']) copyFileSync(join(root, file), join(folder, file))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const [file, content] of Object.entries(targets)) write(join(folder, file), content)
    for (const { file, source } of [...planted, ...allowed]) write(join(folder, file), source)
    return judge(await cruise(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function judge({ violations, rules }: Cruise): string[] {
  const reported = new Set(violations.map(({ rule, from }) => `${rule} ${from}`))
  const untested = rules.filter((rule) => planted.every((plant) => plant.rule !== rule))
  const missed = planted.filter(({ rule, file }) => !reported.has(`${rule} ${file}`))
  const wronged = violations.filter(({ from }) => allowed.some(({ file }) => file === from))
  return [
    ...(rules.length === 0 ? ['dependency-cruiser reports no rules'] : []),
    ...untested.map((rule) => `the rule ${rule} has no planted violation in scripts/planted-imports.ts`),
    ...missed.map(({ rule, file, source }) => `not reported: ${rule} for ${file}: ${source.trim()}`),
    ...wronged.map(
      ({ rule, from, to }) => `reported though allowed: ${rule} for ${from}, which imports ${to}`,
    ),
  ]
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

const [source, rules] = await Promise.all([checkSource(), checkRules()])
for (const problem of [...source, ...rules]) console.error(problem)
if (source.length + rules.length > 0) process.exitCode = 1
else
  console.log(`floors hold; ${planted.length} planted violations of ${reasons.size} rules were all reported`)
