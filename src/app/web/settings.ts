/** From the environment to what the App runs on: every mistake is found, not only the first. */
import { join } from 'node:path'
import { PRICED_MODELS } from '../../adapters/anthropic/pricing.ts'
import type { Env } from '../env.ts'
import { type ForgeUrls, forgeUrls, GITHUB, isWebAddress } from '../forge-urls.ts'
import { readPrivateKey } from './private-key.ts'
import type { Problem } from './problem.ts'

export interface Settings {
  readonly appId: number
  readonly privateKey: string
  readonly webhookSecret: string
  readonly secret: string
  readonly urls: ForgeUrls
  readonly model: { readonly name: string; readonly apiKey: string; readonly baseUrl: string | undefined }
  readonly port: number
  readonly host: string
  readonly stateRoot: string
}

/** What could be read; undefined is what has a problem. */
export type Found = { readonly [K in keyof Settings]: Settings[K] | undefined }

export const DEFAULT_PORT = 3000
export const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_MODEL = 'claude-sonnet-5-5'
/** Shorter ones can be guessed; it is also what the signer asks for. Characters. */
const SECRET_LENGTH = 32

/** Without any of these there is no App yet, and set-up begins. */
export function hasCredentials(env: Env): boolean {
  return [env.APP_ID, env.PRIVATE_KEY, env.PRIVATE_KEY_PATH, env.WEBHOOK_SECRET].some(
    (value) => value !== undefined,
  )
}

export function readSettings(env: Env): { readonly found: Found; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const no = (what: string, fix: string): undefined => void problems.push({ what, fix })
  const key = readPrivateKey({ text: env.PRIVATE_KEY, path: env.PRIVATE_KEY_PATH })
  const found: Found = {
    appId: appIdOf(env, no),
    privateKey: key.ok ? key.pem : no(key.problem.what, key.problem.fix),
    webhookSecret:
      env.WEBHOOK_SECRET ??
      no(
        "WEBHOOK_SECRET is missing, so nobody could tell GitHub's webhooks from forged ones.",
        "Set the same long random text here and on the App's settings page (Webhook secret).",
      ),
    secret: secretOf(env, no),
    urls: urlsOf(env, no),
    model: modelOf(env, no),
    port: portOf(env, no),
    host: env.HOST ?? DEFAULT_HOST,
    stateRoot: env.MILLWRIGHT_STATE ?? defaultState(env),
  }
  return { found, problems }
}

/** Nothing is undefined. */
export function isComplete(found: Found): found is Settings {
  return Object.values(found).every((value) => value !== undefined)
}

type No = (what: string, fix: string) => undefined

function appIdOf({ APP_ID }: Env, no: No): number | undefined {
  const where = 'It is the number behind "App ID" on the App\'s settings page.'
  if (APP_ID === undefined) return no('APP_ID is missing.', where)
  return /^[1-9]\d{0,14}$/.test(APP_ID)
    ? Number(APP_ID)
    : no(`APP_ID is "${short(APP_ID)}", which is not a number.`, where)
}

function secretOf({ MILLWRIGHT_SECRET }: Env, no: No): string | undefined {
  const fix =
    'Set it to the output of: openssl rand -hex 32. Keep it: comments signed with another one are not trusted.'
  if (MILLWRIGHT_SECRET === undefined)
    return no('MILLWRIGHT_SECRET is missing; state comments are signed with a key derived from it.', fix)
  if (MILLWRIGHT_SECRET.length >= SECRET_LENGTH) return MILLWRIGHT_SECRET
  return no(
    `MILLWRIGHT_SECRET has ${MILLWRIGHT_SECRET.length} characters; it takes at least ${SECRET_LENGTH}.`,
    fix,
  )
}

function urlsOf({ GITHUB_URL }: Env, no: No): ForgeUrls | undefined {
  if (isWebAddress(GITHUB_URL ?? GITHUB)) return forgeUrls(GITHUB_URL)
  return no(
    `GITHUB_URL is "${short(GITHUB_URL ?? '')}", which is not an address.`,
    'Set it to the address that you open in a browser, such as https://github.example.com, or remove it for github.com.',
  )
}

function modelOf(env: Env, no: No): Settings['model'] | undefined {
  const name = env.MILLWRIGHT_MODEL ?? DEFAULT_MODEL
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = env
  const address =
    baseUrl === undefined || isWebAddress(baseUrl)
      ? true
      : no(
          `ANTHROPIC_BASE_URL is "${short(baseUrl)}", which is not an address.`,
          'Set it to an address that begins with https://, or remove it.',
        )
  const priced = isPriced(name, no)
  if (apiKey === undefined)
    return no(
      'ANTHROPIC_API_KEY is missing.',
      'Make a key at https://platform.claude.com/settings/keys and set it.',
    )
  return address && priced ? { name, apiKey, baseUrl } : undefined
}

function isPriced(name: string, no: No): true | undefined {
  if (PRICED_MODELS.includes(name)) return true
  return no(
    `MILLWRIGHT_MODEL is "${short(name)}", for which there is no price, so no budget could be kept.`,
    `Use one of ${PRICED_MODELS.join(', ')}.`,
  )
}

function portOf({ PORT }: Env, no: No): number | undefined {
  if (PORT === undefined) return DEFAULT_PORT
  const port = Number(PORT)
  if (/^\d+$/.test(PORT) && port <= 65_535) return port
  return no(
    `PORT is "${short(PORT)}", which is not a port.`,
    'Set it to a number up to 65535, or remove it for 3000.',
  )
}

function defaultState({ HOME }: Env): string {
  // Root's home is closed to the user that sandboxed commands run as.
  if (process.getuid?.() === 0 || HOME === undefined) return '/var/lib/millwright'
  return join(HOME, '.local', 'state', 'millwright')
}

/** What somebody typed, for a sentence; it may be a whole file by mistake, or a secret in the wrong place. */
const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 8)}…` : text)
