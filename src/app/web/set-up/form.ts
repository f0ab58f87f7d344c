/** What the set-up page asks for, and every mistake in the answers with its sentence. */
import { forgeUrls, type ForgeUrls, isLoopback, isWebAddress } from '../../forge-urls.ts'

export interface Answers {
  /** Login; empty for one's own account. */
  readonly organization: string
  /** GitHub's web address. */
  readonly github: string
  /** Where GitHub reaches this machine. */
  readonly address: string
  /** Empty to leave it as it is. */
  readonly apiKey: string
}

export interface Choice {
  readonly organization: string | undefined
  readonly urls: ForgeUrls
  readonly webhookUrl: string
  readonly apiKey: string | undefined
}

type Mistakes = Partial<Record<keyof Answers, string>>

export type ReadAnswers =
  { readonly ok: true; readonly choice: Choice } | { readonly ok: false; readonly mistakes: Mistakes }

const WEBHOOKS = '/api/github/webhooks'

export function readAnswers(answers: Answers): ReadAnswers {
  const urls = isWebAddress(answers.github) ? forgeUrls(answers.github) : undefined
  const mistakes: Mistakes = {
    ...(!isLogin(answers.organization) && {
      organization: 'This is no name of an organization: letters, digits and hyphens, as in its address.',
    }),
    ...(!urls && { github: 'This is not an address. It begins with https://.' }),
    ...mistakeIn(answers.address, urls),
    ...(/\s/.test(answers.apiKey) && { apiKey: 'A key has no spaces in it.' }),
  }
  if (!urls || Object.keys(mistakes).length > 0) return { ok: false, mistakes }
  const { organization, address, apiKey } = answers
  return {
    ok: true,
    choice: {
      organization: organization === '' ? undefined : organization,
      urls,
      webhookUrl: webhookUrl(address),
      apiKey: apiKey === '' ? undefined : apiKey,
    },
  }
}

const isLogin = (text: string): boolean => text === '' || /^[a-zA-Z\d](?:-?[a-zA-Z\d]){0,38}$/.test(text)

const INSIDE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)|\.(local|internal|lan)$|^[^.]+$/

function mistakeIn(address: string, urls: ForgeUrls | undefined): Mistakes {
  if (address === '') return { address: 'GitHub needs an address to send webhooks to.' }
  if (!isWebAddress(address)) return { address: 'This is not an address. It begins with https://.' }
  // An Enterprise Server, or a forge on this machine, may reach what github.com does not.
  if (!urls || !isPublic(urls)) return {}
  const { hostname, protocol } = new URL(address)
  if (isLoopback(address) || INSIDE.test(hostname))
    return {
      address: `GitHub can't reach ${hostname} from outside. A tunnel gives this machine a public address.`,
    }
  if (protocol !== 'https:') return { address: 'Webhooks carry the text of your issues: use https://.' }
  return {}
}

const isPublic = ({ webUrl }: ForgeUrls): boolean =>
  webUrl === 'https://github.com' || new URL(webUrl).hostname.endsWith('.ghe.com')

/** People give the machine's address; the path is ours. */
function webhookUrl(address: string): string {
  const bare = address.replace(/[?#].*$/, '').replace(/\/+$/, '')
  return bare.endsWith(WEBHOOKS) ? bare : bare + WEBHOOKS
}
