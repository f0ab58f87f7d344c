/** How the one git process that talks to the forge may connect, and with what right. */
import type { RepoRef } from '../../core/ids.ts'
import type { GitAccess, GitRight } from '../../ports/forge.ts'

/** How the remote is reached. Our git reads no environment, so what a company's network demands comes in here. */
export interface Network {
  readonly remote: GitAccess
  /** URL of an HTTP proxy; its password, if any, is handed over as the token is. */
  readonly proxy?: string
  /** File with the certificates to trust, PEM. */
  readonly cafile?: string
}

export interface Connection {
  readonly url: string
  /** For the environment of that one process: one protocol, no redirect, and the header for this URL alone. */
  readonly options: {
    readonly config: readonly (readonly [string, string])[]
    readonly env: Readonly<Record<string, string>>
  }
}

/**
 * The authorization header reaches git through the environment of that one process, scoped to the one URL, and no
 * redirect is followed, so it cannot be carried to another host.
 */
export async function connect(
  { remote, proxy, cafile }: Network,
  repo: RepoRef,
  right: GitRight,
): Promise<Connection> {
  const { url, authorization } = await remote.remote(repo, right)
  const { username, password, protocol } = new URL(url)
  // A token in the URL would be in argv, and in git's own messages.
  if (username !== '' || password !== '')
    throw new Error('the remote URL carries credentials; GitAccess must give them as the authorization')
  const config: [string, string][] = [
    ['http.followRedirects', 'false'],
    // Less than a kilobyte a second for a minute is a connection that died without saying so.
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
    // Set even when empty, so that nothing else decides.
    ['http.proxy', proxy ?? ''],
    // Asks first what the forge has. Its branches may have moved on to commits that are not here, and by their names
    // alone git would not know that it has our base, and send all of history.
    ['push.negotiate', 'true'],
  ]
  if (cafile !== undefined) config.push(['http.sslCAInfo', cafile])
  if (authorization !== undefined) config.push([`http.${url}.extraHeader`, `Authorization: ${authorization}`])
  return { url, options: { config, env: { GIT_ALLOW_PROTOCOL: protocol.replace(/:$/, '') } } }
}
