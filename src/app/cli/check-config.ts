/** `mill config check`: every mistake of a config file with its line and column, as compilers write them. */
import { readFile } from 'node:fs/promises'
import { readConfig } from '../../adapters/config-file/read-config.ts'
import { UserError } from '../../core/errors.ts'
import { CONFIG_LIMIT, CONFIG_PATH } from '../../ports/config.ts'

/** The lines to print, and whether all is well. */
export interface Checked {
  readonly ok: boolean
  readonly lines: readonly string[]
}

/** `name` is what stands before line and column. `undefined` is a file that is not there: the defaults hold. */
export function checkConfigText(name: string, text: Uint8Array | undefined): Checked {
  if (text === undefined) return { ok: true, lines: [`${name} is not there; the defaults hold.`] }
  const read = readConfig(text)
  if (read.ok) {
    const { label, trust, gates } = read.config
    const gate = gates.plan === 'human' ? 'a person approves every plan' : 'plans need no approval'
    return { ok: true, lines: [`${name} is fine: label "${label}", trust level ${trust.level}, ${gate}.`] }
  }
  const lines = read.problems.map(({ message, line, column }) =>
    line === undefined ? `${name}: ${message}` : `${name}:${line}:${column ?? 1}: ${message}`,
  )
  return { ok: false, lines: [...lines, `${lines.length} mistake${lines.length === 1 ? '' : 's'}.`] }
}

/** A file of this machine; the usual one of the folder we are in where none is named. */
export async function readConfigFile(path: string = CONFIG_PATH): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(path)
    if (bytes.length <= CONFIG_LIMIT) return bytes
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code === 'ENOENT' && path === CONFIG_PATH) return undefined
    throw new UserError('config_invalid', `${path} can't be read (${code ?? 'unknown reason'}).`)
  }
  throw new UserError('config_invalid', `${path} has more than ${CONFIG_LIMIT} bytes, which no config needs.`)
}
