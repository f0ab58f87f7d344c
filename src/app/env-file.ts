/** The `.env` file: read as Node reads it, and changed line by line, so that what people wrote there stays. */
import { readFileSync } from 'node:fs'
import { realpath, rename, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { parseEnv } from 'node:util'
import { UserError } from '../core/errors.ts'
import { errorCode } from './error-code.ts'

/** Names and values; nothing where there is no file. */
export function readEnvFile(path: string): Readonly<Record<string, string>> {
  const values = parseEnv(textOf(path))
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? '']))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return ''
    throw new UserError('config_invalid', `The file ${path} can't be read (${code}).`, { cause: error })
  }
}

/**
 * Sets values; the file is replaced in one step, readable by its owner only. A value that was there before stays as a
 * comment above, since it may be the only copy of a key; the names of those are returned.
 */
export async function changeEnvFile(
  path: string,
  values: Readonly<Record<string, string>>,
  at: string,
): Promise<readonly string[]> {
  const before = readEnvFile(path)
  const names = Object.keys(values).filter((name) => before[name] !== values[name])
  const replaced = names.filter((name) => (before[name] ?? '') !== '')
  let text = textOf(path)
  for (const name of names) text = commented(text, name, at)
  if (text !== '' && !text.endsWith('\n')) text += '\n'
  const lines = names.map((name) => `${name}=${quoted(values[name] ?? '')}\n`)
  await replaceFile(path, text + lines.join(''))
  return replaced
}

/** Double quotes, in which Node reads `\n` as the end of a line: a key stays on one line. */
function quoted(value: string): string {
  return /^[\w./:@-]*$/.test(value) ? value : `"${value.trim().replaceAll('\n', '\\n')}"`
}

/** Values may be quoted over several lines, so a line alone does not say where one ends. */
function commented(text: string, name: string, at: string): string {
  const assignment = new RegExp(
    `^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*(?:"[^"]*"|'[^']*'|\`[^\`]*\`)?.*$`,
    'gm',
  )
  return text.replaceAll(assignment, (found) =>
    /=\s*$/.test(found)
      ? `# ${found.trim()}`
      : `# Replaced by set-up on ${at}:\n${found.replaceAll(/^/gm, '# ')}`,
  )
}

async function replaceFile(path: string, text: string): Promise<void> {
  // A link is followed, so that it is not the link that is replaced.
  const target = await realpath(path).catch(() => path)
  const fresh = `${target}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(fresh, text, { mode: 0o600, flag: 'wx' })
    await rename(fresh, target)
  } finally {
    await rm(fresh, { force: true })
  }
}
