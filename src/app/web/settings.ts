/** From the environment to what the App runs on: every mistake is found, not only the first. */
import { join } from 'node:path'
import { PRICED_MODELS } from '../../adapters/anthropic/pricing.ts'
import type { Env } from '../env.ts'
import { type ForgeUrls, forgeUrls, GITHUB, isWebAddress } from '../forge-urls.ts'
import { readPrivateKey } from './private-key.ts'
import type { Problem } from './problem.ts'

/** Where what outlives a process is kept. */
type DatabasePlace = { readonly kind: 'url'; readonly url: string } | { readonly kind: 'embedded' }

interface Places {
  readonly host: string
  readonly stateRoot: string
  readonly database: DatabasePlace
  readonly graceMs: number
}

/** What taking deliveries in needs: no key, neither the App's nor the model's. */
export interface WebSettings extends Places {
  readonly webhookSecret: string
  readonly port: number
}

export interface Settings extends Places {
  /** Null where no deliveries are taken in. */
  readonly webhookSecret: string | null
  /** Null where nothing is listened to. */
  readonly port: number | null
  readonly appId: number
  readonly privateKey: string
  readonly secrets: { readonly current: string; readonly previous?: string }
  readonly urls: ForgeUrls
  readonly model: { readonly name: string; readonly apiKey: string; readonly baseUrl: string | undefined }
  readonly workSlots: number
}

/** What could be read; undefined is what has a problem. */
export type Found<S = Settings> = { readonly [K in keyof S]: S[K] | undefined }

export interface ReadSettings<S> {
  readonly found: Found<S>
  readonly problems: readonly Problem[]
}

/** What a process does: takes deliveries in, works on runs, or both, as `npm start` does. */
export type Role = 'all' | 'web' | 'worker'

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

export function readSettings(env: Env, role: Exclude<Role, 'web'>): ReadSettings<Settings> {
  const problems: Problem[] = []
  const no: No = (what, fix) => void problems.push({ what, fix })
  const key = readPrivateKey({ text: env.PRIVATE_KEY, path: env.PRIVATE_KEY_PATH })
  const found: Found = {
    appId: appIdOf(env, no),
    privateKey: key.ok ? key.pem : no(key.problem.what, key.problem.fix),
    webhookSecret: role === 'worker' ? null : webhookSecretOf(env, no),
    secrets: secretsOf(env, no),
    urls: urlsOf(env, no),
    model: modelOf(env, no),
    workSlots: workSlotsOf(env, no),
    port: role === 'worker' && env.PORT === undefined ? null : portOf(env, no),
    ...placesOf(env, no),
  }
  return { found, problems }
}

/** For a process that only takes deliveries in: the fewer secrets a door to the outside knows, the better. */
export function readWebSettings(env: Env): ReadSettings<WebSettings> {
  const problems: Problem[] = []
  const no: No = (what, fix) => void problems.push({ what, fix })
  const webhookSecret = webhookSecretOf(env, no)
  return { found: { webhookSecret, port: portOf(env, no), ...placesOf(env, no) }, problems }
}

function placesOf(env: Env, no: No): Found<Places> {
  return {
    host: env.HOST ?? DEFAULT_HOST,
    stateRoot: env.MILLWRIGHT_STATE ?? defaultState(env),
    database: databaseOf(env, no),
    graceMs: graceOf(env, no),
  }
}

/** Nothing is undefined. */
export function isComplete<S extends object>(found: Found<S>): found is S & Found<S> {
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

function webhookSecretOf({ WEBHOOK_SECRET }: Env, no: No): string | undefined {
  return (
    WEBHOOK_SECRET ??
    no(
      "WEBHOOK_SECRET is missing, so nobody could tell GitHub's webhooks from forged ones.",
      "Set the same long random text here and on the App's settings page (Webhook secret).",
    )
  )
}

function secretsOf(env: Env, no: No): Settings['secrets'] | undefined {
  const { MILLWRIGHT_SECRET: current, MILLWRIGHT_SECRET_PREVIOUS: previous } = env
  const tooShort = (name: string, text: string): string =>
    `${name} has ${text.length} characters; it takes at least ${SECRET_LENGTH}.`
  if (previous !== undefined && previous.length < SECRET_LENGTH)
    no(
      tooShort('MILLWRIGHT_SECRET_PREVIOUS', previous),
      'Set it to the secret that comments were signed with before, or remove it.',
    )
  const fix =
    'Set it to the output of: openssl rand -hex 32. Keep it: comments signed with another one are not trusted.'
  if (current === undefined)
    return no('MILLWRIGHT_SECRET is missing; state comments are signed with a key derived from it.', fix)
  if (current.length < SECRET_LENGTH) return no(tooShort('MILLWRIGHT_SECRET', current), fix)
  return { current, ...(previous === undefined ? {} : { previous }) }
}

/** An address may hold a password, so nothing of it is repeated. */
function databaseOf({ DATABASE_URL }: Env, no: No): DatabasePlace | undefined {
  if (DATABASE_URL === undefined) return { kind: 'embedded' }
  const isPostgres = URL.canParse(DATABASE_URL) && /^postgres(ql)?:$/.test(new URL(DATABASE_URL).protocol)
  if (isPostgres) return { kind: 'url', url: DATABASE_URL }
  return no(
    'DATABASE_URL is not an address of PostgreSQL.',
    'Set it to postgres://user:password@host:5432/database, with %40 and its kind for special characters in the password; or remove it, and one of our own runs under the state folder.',
  )
}

/** `postgres://mill@db.example:5432/mill`: without the password and whatever else stands behind it. */
export function databaseName({ database, stateRoot }: Pick<Places, 'database' | 'stateRoot'>): string {
  if (database.kind === 'embedded') return `its own, in ${join(stateRoot, 'postgres')}`
  const { username, host, pathname } = new URL(database.url)
  return `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`
}

function workSlotsOf({ MILLWRIGHT_WORK_SLOTS: text = '2' }: Env, no: No): number | undefined {
  return (
    wholeNumber(text, 64) ??
    no(
      `MILLWRIGHT_WORK_SLOTS is "${short(text)}", which is not a number from 1 to 64.`,
      'Set it to how many runs this machine can test at the same time, or remove it for 2.',
    )
  )
}

function graceOf({ MILLWRIGHT_GRACE: text = '25' }: Env, no: No): number | undefined {
  const seconds = wholeNumber(text, 3600)
  if (seconds !== undefined) return seconds * 1000
  return no(
    `MILLWRIGHT_GRACE is "${short(text)}", which is not a number of seconds from 1 to 3600.`,
    'Set it to ten seconds less than your machine waits before it kills a process, or remove it for 25.',
  )
}

function wholeNumber(text: string, most: number): number | undefined {
  return /^[1-9]\d{0,5}$/.test(text) && Number(text) <= most ? Number(text) : undefined
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
