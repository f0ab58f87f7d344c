/** What GitHub says about the App whose key this is: who it is, where it is installed, and what it may not do. */
import { ProbotOctokit } from 'probot'
import { refused, translateError } from '../../adapters/github/translate-error.ts'
import { RetryableError, UserError } from '../../core/errors.ts'
import { type AppManifest, readAppManifest } from '../app-manifest.ts'
import { causeCode } from '../error-code.ts'
import type { Problem } from './problem.ts'
import type { Settings } from './settings.ts'

export interface AppFacts {
  readonly name: string
  readonly slug: string
  readonly page: string
  readonly installations: readonly { readonly account: string; readonly note: string }[]
}

export type GithubAnswer =
  | { readonly kind: 'app'; readonly app: AppFacts }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'away'; readonly reason: string }

/** A forge that is slower than this at start is treated as one that is away. Milliseconds. */
const PATIENCE_MS = 10_000

export async function askGithub(
  settings: Pick<Settings, 'appId' | 'privateKey' | 'urls'>,
): Promise<GithubAnswer> {
  try {
    return await describe(settings)
  } catch (error) {
    const translated = translateError(error, {
      doing: 'to say which App this key belongs to',
      needs: 'Metadata: read',
    })
    if (translated instanceof RetryableError) return { kind: 'away', reason: reasonOf(error, translated) }
    if (translated instanceof UserError)
      return { kind: 'refused', problem: refusal(error, settings, translated) }
    throw translated
  }
}

async function describe({ appId, privateKey, urls }: Parameters<typeof askGithub>[0]): Promise<GithubAnswer> {
  const client = new ProbotOctokit({
    baseUrl: urls.apiUrl,
    auth: { appId, privateKey },
    throttle: { enabled: false },
    retry: { enabled: false },
    log: SILENT,
  })
  const request = { signal: AbortSignal.timeout(PATIENCE_MS) }
  const { data: app } = await client.request('GET /app', { request })
  if (!app) throw new Error('GitHub answered with no App')
  const page = app.html_url
  const wanted = readAppManifest()
  const lacking = lackingOf(wanted, { permissions: app.permissions, events: app.events })
  if (lacking.length > 0) return { kind: 'refused', problem: incomplete(page, lacking) }
  const { data } = await client.request('GET /app/installations', { per_page: 100, request })
  const installations = data.map((one) => ({
    account: one.account?.login ?? 'somebody',
    note: noteOn(one, wanted),
  }))
  return { kind: 'app', app: { name: app.name, slug: app.slug ?? app.name, page, installations } }
}

interface Installation {
  readonly suspended_at: string | null
  readonly permissions: object
  readonly events: readonly string[]
  readonly repository_selection: string
}

function noteOn(one: Installation, wanted: AppManifest): string {
  if (one.suspended_at !== null) return 'suspended'
  const lacking = lackingOf(wanted, one)
  if (lacking.length > 0) return `has not accepted ${lacking.join(', ')}`
  return one.repository_selection === 'all' ? 'all repositories' : 'selected repositories'
}

const LEVELS = ['read', 'write', 'admin']

/** `issues: write`, `event push`: what app.yml asks for and GitHub has not got. */
function lackingOf(
  wanted: AppManifest,
  has: { readonly permissions: object; readonly events: readonly string[] },
): string[] {
  const granted = has.permissions as Readonly<Record<string, string | undefined>>
  const permissions = Object.entries(wanted.permissions)
    .filter(([name, level]) => LEVELS.indexOf(granted[name] ?? '') < LEVELS.indexOf(level))
    .map(([name, level]) => `${name}: ${level}`)
  const events = wanted.events.filter((event) => !has.events.includes(event)).map((event) => `event ${event}`)
  return [...permissions, ...events]
}

const incomplete = (page: string, lacking: readonly string[]): Problem => ({
  what: `The App lacks what app.yml asks for: ${lacking.join(', ')}.`,
  fix: `Add it on the App's settings page (Permissions & events; the App is ${page}), then accept it for each installation.`,
})

function refusal(error: unknown, { appId, urls }: Parameters<typeof askGithub>[0], told: UserError): Problem {
  const status = refused(error)?.status
  if (status === 401)
    return {
      what: `${urls.webUrl} refused the private key for the App ${appId}.`,
      fix: 'Check that APP_ID and the key belong to the same App and that the key was not deleted on its settings page. A clock of this machine that is minutes off does the same.',
    }
  if (status === 404)
    return {
      what: `${urls.webUrl} knows no App ${appId}.`,
      fix: 'Correct APP_ID, or GITHUB_URL where the App belongs to another GitHub.',
    }
  return { what: told.message, fix: `Check GITHUB_URL (${urls.webUrl}).` }
}

/** A code says most; then what GitHub answered. */
function reasonOf(error: unknown, told: RetryableError): string {
  const code = causeCode(error)
  if (code !== undefined) return code
  const status = refused(error)?.status
  return status === undefined || status === 500 ? told.message : `it answered ${status}`
}

const quietly = (): void => undefined
const SILENT = { debug: quietly, info: quietly, warn: quietly, error: quietly }
