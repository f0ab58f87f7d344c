/** Finds the machine's own node, npm and python3, which the target's commands run on; never the Node the app runs on. */
import { execFile } from 'node:child_process'
import { access, constants, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, sep } from 'node:path'
import { promisify } from 'node:util'
import { closedFolder } from './state-folder.ts'
import type { Owner } from './state-folder.ts'

/** What a sandbox shows of the machine besides /usr: folders, read-only at their own path, and the PATH inside. */
export interface Toolchain {
  readonly binds: readonly string[]
  readonly path: string
  /** Which programs were found and where, for the log and for people. */
  readonly found: Readonly<Record<string, string>>
}

export interface ToolchainQuery {
  /** The machine's PATH. */
  readonly path: string
  /** The operator's home: a bind that showed all of it is refused. */
  readonly home: string
  readonly owner: Owner | undefined
}

const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const PROGRAMS = ['node', 'npm', 'python3']
// A shim (pyenv, volta, asdf) is a script that looks for the real program; the program itself knows where it lies.
const WHERE: Readonly<Record<string, readonly string[]>> = {
  node: ['-p', 'process.execPath'],
  python3: ['-c', 'import os, sys; print(os.path.join(sys.base_prefix, "bin", "python3"))'],
}

export async function findToolchain(query: ToolchainQuery): Promise<Toolchain> {
  const folders = query.path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !ofPackageManager(folder))
  const binds = new Set<string>()
  const path = new Set<string>()
  const found: Record<string, string> = {}
  for (const program of PROGRAMS) {
    for (const folder of folders) {
      const place = await placeOf(program, folder, query)
      if (place === undefined) continue
      found[program] = place.program
      if (place.bind !== undefined) {
        binds.add(place.bind)
        path.add(dirname(place.program))
      }
      break
    }
  }
  return { binds: [...binds], path: [...path, ...SYSTEM_PATH].join(delimiter), found }
}

// npm puts these in front of PATH for its scripts: our own Node and our own development tools.
function ofPackageManager(folder: string): boolean {
  return folder.split(sep).includes('node_modules')
}

async function placeOf(program: string, folder: string, query: ToolchainQuery) {
  const file = join(folder, program)
  if (!(await isExecutable(file))) return undefined
  const real = await realProgram(program, file, query)
  if (real === undefined) return undefined
  if (underUsr(real)) return { program: real, bind: undefined }
  const prefix = dirname(dirname(real))
  if (showsTooMuch(prefix, query.home)) return undefined
  if ((await closedFolder(prefix, query.owner)) !== undefined) return undefined
  return { program: real, bind: prefix }
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}

async function realProgram(
  program: string,
  file: string,
  query: ToolchainQuery,
): Promise<string | undefined> {
  if (underUsr(await realpath(folderOf(file)))) return file
  const question = WHERE[program]
  // npm is a script beside its node: the folder it was found in is the one to show.
  if (question === undefined) return join(await realpath(folderOf(file)), program)
  try {
    const { stdout } = await promisify(execFile)(file, [...question], {
      env: { PATH: query.path, HOME: query.home },
      timeout: 5000,
    })
    return await realpath(stdout.trim())
  } catch {
    // A shim without a version behind it, or a program that does not start: the next one on PATH may.
    return undefined
  }
}

const folderOf = (file: string) => dirname(file)
const underUsr = (path: string) => path === '/usr' || path.startsWith('/usr/') || /^\/s?bin(\/|$)/.test(path)

/** True for /, for first-level folders, and for the home folder or anything that contains it (`~/bin/node`). */
function showsTooMuch(prefix: string, home: string): boolean {
  const depth = prefix.split(sep).filter((part) => part !== '').length
  return depth < 2 || home === prefix || home.startsWith(`${prefix}${sep}`)
}
