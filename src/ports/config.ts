/** How the repository's config file becomes a checked value. */
import type { ConfigResult } from '../core/config.ts'

/** Read from the default branch only, so that a pull request cannot change the rules it is judged by. */
export const CONFIG_PATH = '.github/millwright.yml'
/** Bytes. The longest honest config is a few kilobytes, and the parser's time grows with its input. */
export const CONFIG_LIMIT = 64 * 1024

/** Said wherever the file is met: some readers know its size before they have its bytes. */
export function tooLarge(bytes: number): string {
  return `The file has ${bytes} bytes; at most ${CONFIG_LIMIT} are read.`
}

export interface ConfigReader {
  /** Parses and checks the file. The empty text (no file) is the default config. Never throws. */
  read(source: string | Uint8Array): ConfigResult
}
