// Checks that package-lock.json names every platform's build of its native packages; `--write` adds what is missing.
// npm leaves out the builds that the registry at hand could not serve, and `npm ci` then refuses the whole lock file.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

type Entry = {
  version?: string
  dev?: boolean
  optionalDependencies?: Record<string, string>
  [field: string]: unknown
}
type Lock = { packages: Record<string, Entry> }
type Missing = { place: string; version: string; dev: boolean }

const file = resolve(import.meta.dirname, '../package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock

/** Where Node would look for `name` from inside the package at `from`, nearest first. */
function places(from: string, name: string): string[] {
  const parents = from
    .split('/node_modules/')
    .map((_, depth, parts) => parts.slice(0, depth + 1).join('/node_modules/'))
  return [...parents.reverse().map((parent) => `${parent}/node_modules/${name}`), `node_modules/${name}`]
}

function missingBuilds({ packages }: Lock): Missing[] {
  return Object.entries(packages).flatMap(([from, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      // A range would have to be resolved; builds are always pinned to the version of what they belong to.
      .filter(
        ([name, version]) => /^\d/.test(version) && !places(from, name).some((place) => packages[place]),
      )
      .map(([name, version]) => ({ place: `node_modules/${name}`, version, dev })),
  )
}

/** What a build runs on, as its name says; so npm skips it elsewhere instead of asking the registry for it. */
function platformOf(name: string): Record<string, string[]> {
  const words = name.split(/[/-]/)
  const pick = (known: string[]): string[] | undefined => {
    const word = words.find((candidate) => known.includes(candidate))
    return word === undefined ? undefined : [word]
  }
  const cpu = pick(['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'])
  const os = pick(['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'])
  if (cpu === undefined || os === undefined) throw new Error(`${name} does not say which platform it is for`)
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : ['glibc']
  return os[0] === 'linux' ? { cpu, libc, os } : { cpu, os }
}

const missing = missingBuilds(lock)
if (missing.length > 0 && process.argv.includes('--write')) {
  for (const { place, version, dev } of missing) {
    lock.packages[place] = { version, ...platformOf(place), ...(dev ? { dev } : {}), optional: true }
  }
  const sorted = Object.entries(lock.packages).sort(([left], [right]) => left.localeCompare(right, 'en'))
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
  console.log(`${missing.length} builds added to package-lock.json`)
} else if (missing.length > 0) {
  for (const { place, version } of missing)
    console.error(`missing from package-lock.json: ${place} ${version}`)
  console.error('run: node scripts/check-lock.ts --write')
  process.exitCode = 1
}
