/** The App of a story: installed on all of `acme`, with clients whose tokens go by the story's clock. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { Octokit } from '@octokit/rest'
import { createAppForge } from '../../src/adapters/github/app-forge.ts'
import type { GithubClient } from '../../src/adapters/github/github-client.ts'
import { createGithubForge } from '../../src/adapters/github/github-forge.ts'
import { appIdentity, createInstallationClients } from '../../src/adapters/github/installation-clients.ts'
import type { LocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import { readAppManifest } from '../../src/app/app-manifest.ts'
import { APP_SLUG } from '../../src/app/demo/factory-floor.ts'
import type { Forge } from '../../src/ports/forge.ts'
import type { StoryClock } from './story-clock.ts'

const MANIFEST = readAppManifest()
/** One key for all stories: making one takes longer than a story. */
const { privateKey: KEY } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = KEY.export({ type: 'pkcs1', format: 'pem' }).toString()
const quietly = (): void => undefined
const SILENT_LOG = { debug: quietly, info: quietly, warn: quietly, error: quietly }
export async function installApp(forge: LocalForge, clock: StoryClock): Promise<Forge> {
  const installed = [{ account: 'acme' }]
  forge.seedApp({ slug: APP_SLUG, owner: 'acme', privateKey: PEM, ...MANIFEST, installations: installed })
  const { id } = forge.app(APP_SLUG)
  const seconds = (): number => Math.floor(Date.parse(clock.now()) / 1000)
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jwt = remembering(300, seconds, () => {
    const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: id, iat: seconds(), exp: seconds() + 500 })}`
    return `bearer ${signed}.${sign('RSA-SHA256', Buffer.from(signed), KEY).toString('base64url')}`
  })
  const clientWith = (authorization: () => string | Promise<string>): GithubClient => {
    const client = new Octokit({ baseUrl: forge.url, log: SILENT_LOG })
    client.hook.before('request', async (options) => {
      options.headers.authorization = await authorization()
    })
    return client
  }
  const app = clientWith(jwt)
  const installations = new Map<number, GithubClient>()
  const authenticate = async (installation?: number): Promise<GithubClient> => {
    if (installation === undefined) return app
    const there =
      installations.get(installation) ?? clientWith(remembering(3000, seconds, tokens(app, installation)))
    installations.set(installation, there)
    return there
  }
  return createGithubForge({
    clientOf: createInstallationClients(authenticate),
    identity: await appIdentity(authenticate),
    git: { remote: async () => Promise.reject(new Error('nobody clones here')) },
    app: createAppForge(authenticate),
  })
}

function tokens(app: GithubClient, installation: number): () => Promise<string> {
  return async () => {
    const { data } = await app.request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: installation,
    })
    return `token ${data.token}`
  }
}

/** Made anew when it is so many seconds old. */
function remembering<T>(life: number, now: () => number, make: () => T): () => T {
  let known: { readonly it: T; readonly until: number } | undefined
  return () => {
    if (!known || known.until <= now()) known = { it: make(), until: now() + life }
    return known.it
  }
}
