/** The manifest that set-up hands to GitHub, and what GitHub gives for the code that comes back. */
import { Octokit } from '@octokit/rest'
import { refused } from '../../../adapters/github/translate-error.ts'
import { readAppManifest } from '../../app-manifest.ts'
import type { Choice } from './form.ts'

/** The path that GitHub sends the browser back to. */
export const CALLBACK = '/set-up/callback'

/** GitHub's limit for names of Apps, characters. */
const MAX_NAME = 34
/** Leaves room for a suffix. */
const MAX_OWNER = 16

export interface Manifest {
  readonly name: string
  readonly [field: string]: unknown
}

/** `origin`: where the browser sees the set-up page. Names are unique on all of GitHub, and can be changed on its page. */
export function manifestFor(
  choice: Choice,
  { origin, suffix }: { origin: string; suffix: string },
): Manifest {
  const { home, permissions, events } = readAppManifest()
  const owner = (choice.organization ?? '').slice(0, suffix === '' ? MAX_NAME : MAX_OWNER)
  return {
    name: ['millwright', owner, suffix]
      .filter((part) => part !== '')
      .join(' ')
      .slice(0, MAX_NAME),
    url: home,
    hook_attributes: { url: choice.webhookUrl, active: true },
    redirect_url: `${origin}${CALLBACK}`,
    public: false,
    default_permissions: permissions,
    default_events: events,
  }
}

/** Where the browser takes the manifest. */
export function newAppUrl({ organization, urls }: Choice, state: string): string {
  const whose = organization === undefined ? '' : `/organizations/${encodeURIComponent(organization)}`
  return `${urls.webUrl}${whose}/settings/apps/new?state=${state}`
}

export interface NewApp {
  readonly id: number
  readonly name: string
  readonly page: string
  readonly privateKey: string
  readonly webhookSecret: string
}

export type Converted =
  | { readonly kind: 'made'; readonly app: NewApp }
  /** Used already, or more than an hour old. */
  | { readonly kind: 'void' }
  | { readonly kind: 'away'; readonly reason: string }

/** GitHub gives the secrets once: whoever has them must not lose them. */
export async function convert({ urls }: Choice, code: string): Promise<Converted> {
  const client = new Octokit({ baseUrl: urls.apiUrl, log: SILENT })
  try {
    const { data } = await client.request('POST /app-manifests/{code}/conversions', { code })
    const { id, name, html_url: page, pem: privateKey, webhook_secret: webhookSecret } = data
    if (webhookSecret === null) return { kind: 'away', reason: 'it made no webhook secret' }
    return { kind: 'made', app: { id, name, page, privateKey, webhookSecret } }
  } catch (error) {
    const status = refused(error)?.status
    if (status === undefined) throw error
    return status === 404 ? { kind: 'void' } : { kind: 'away', reason: `status ${status}` }
  }
}

const quietly = (): void => undefined
const SILENT = { debug: quietly, info: quietly, warn: quietly, error: quietly }
