/** The App's private key in the forms that people have it in: PEM, PEM on one line, base64 of PEM, or a file. */
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { errorCode } from '../error-code.ts'
import type { Problem } from './problem.ts'

export type ReadKey =
  { readonly ok: true; readonly pem: string } | { readonly ok: false; readonly problem: Problem }

const NEW_KEY = "Make a new one on the App's settings page (Private keys, Generate a private key)"

export function readPrivateKey(given: { text: string | undefined; path: string | undefined }): ReadKey {
  if (given.text !== undefined && given.path !== undefined)
    return refused('PRIVATE_KEY and PRIVATE_KEY_PATH are both set.', 'Keep one of them.')
  if (given.text !== undefined) return readText(given.text, 'PRIVATE_KEY')
  if (given.path === undefined)
    return refused(
      'PRIVATE_KEY is missing.',
      `${NEW_KEY}, and set PRIVATE_KEY to its text or PRIVATE_KEY_PATH to the file.`,
    )
  try {
    return readText(readFileSync(given.path, 'utf8'), 'The file named by PRIVATE_KEY_PATH')
  } catch (error) {
    return refused(
      `PRIVATE_KEY_PATH names ${given.path}, which can't be read (${errorCode(error)}).`,
      'Correct the path, or let the user who runs this read the file.',
    )
  }
}

function readText(text: string, where: string): ReadKey {
  const pem = unfolded(text)
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa') return { ok: true, pem }
    return refused(`${where} holds a key that is not RSA.`, `${NEW_KEY}: GitHub's are RSA.`)
  } catch {
    return refused(
      `${where} holds no private key: PEM text, with \\n for line ends if it is on one line, or base64 of it, is expected.`,
      `Copy the whole .pem file that GitHub gave you, from -----BEGIN to -----END. ${NEW_KEY} if it is lost.`,
    )
  }
}

function unfolded(text: string): string {
  const plain = text.trim().replaceAll(/\\r?\\n|\\n/g, '\n')
  if (plain.includes('-----BEGIN')) return `${plain}\n`
  const decoded = Buffer.from(plain, 'base64').toString('utf8')
  return decoded.includes('-----BEGIN') ? decoded : plain
}

const refused = (what: string, fix: string): ReadKey => ({ ok: false, problem: { what, fix } })
