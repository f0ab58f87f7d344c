/** How the text of the repository's config file becomes a checked value. */
import type { checkConfig } from '../core/config.ts'

/** Read from the default branch only, so that a pull request cannot change the rules it is judged by. */
export const CONFIG_PATH = '.github/millwright.yml'
/** Bytes; the longest honest config is a few kilobytes. */
export const CONFIG_LIMIT = 64 * 1024

export interface ConfigReader {
  /** Parses and checks the file's text. The empty text (no file) is the default config. Never throws. */
  read(text: string): ReturnType<typeof checkConfig>
}
