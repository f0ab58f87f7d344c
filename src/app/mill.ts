/** Millwright as a GitHub App: webhooks in by Probot, GitHub out as the App, the factory between them. */
import { Probot, ProbotOctokit } from 'probot'
import type { GithubClient } from '../adapters/github/github-client.ts'
import { CLIENT_OPTIONS } from '../adapters/github/github-client.ts'
import { createGithubForge } from '../adapters/github/github-forge.ts'
import type { GithubForge } from '../adapters/github/github-forge.ts'
import {
  appIdentity,
  createFetchTokens,
  createInstallationClients,
} from '../adapters/github/installation-clients.ts'
import { createTokenAccess } from '../adapters/github/token-access.ts'
import { openFactory } from './factory.ts'
import type { FactoryOptions } from './factory.ts'
import { startWebhookServer } from './webhook-server.ts'

export interface MillOptions extends Omit<FactoryOptions, 'forge' | 'webUrl'> {
  readonly forge: {
    readonly apiUrl: string
    readonly webUrl: string
    readonly appId: number
    readonly privateKey: string
    readonly webhookSecret: string
    /** GitHub wants a second between writes; a forge of our own does not. */
    readonly paced: boolean
  }
  /** 0 takes a free port. */
  readonly webhookPort: number
  /** Where it listens; this machine alone unless told otherwise. */
  readonly host?: string
}

export interface Mill {
  readonly webhookUrl: string
  readonly forge: GithubForge
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
  close(): Promise<void>
}

export async function startMill(options: MillOptions): Promise<Mill> {
  const { clock, log, webhookPort: port, host = '127.0.0.1' } = options
  const probot = createProbot(options)
  const forge = await createForge(options, probot)
  const factory = openFactory({ ...options, forge, webUrl: options.forge.webUrl })
  const { queue } = factory
  const server = await startWebhookServer({ probot, queue, clock, log, port, host })
  return {
    webhookUrl: server.url,
    forge,
    idle: () => queue.idle(),
    close: async () => {
      await server.close()
      await factory.close()
    },
  }
}

/** Probot puts its own throttling over an Octokit's defaults, and that waits through rate limits; so ours comes last. */
function octokitWith(paced: boolean): typeof ProbotOctokit {
  return class extends ProbotOctokit {
    constructor(options: Readonly<Record<string, unknown>> = {}) {
      const given = typeof options['throttle'] === 'object' ? options['throttle'] : {}
      const throttle = { ...given, ...CLIENT_OPTIONS.throttle, enabled: paced }
      super({ ...options, retry: CLIENT_OPTIONS.retry, throttle })
    }
  }
}

function createProbot({ forge }: MillOptions): Probot {
  return new Probot({
    appId: forge.appId,
    privateKey: forge.privateKey,
    secret: forge.webhookSecret,
    baseUrl: forge.apiUrl,
    // Probot's own lines repeat every request; ours say what was done.
    logLevel: 'fatal',
    Octokit: octokitWith(forge.paced),
  })
}

async function createForge({ forge }: MillOptions, probot: Probot): Promise<GithubForge> {
  const authenticate = async (installation?: number): Promise<GithubClient> =>
    (await probot.auth(installation)) as unknown as GithubClient
  const clientOf = createInstallationClients(authenticate)
  const identity = await appIdentity(authenticate)
  const git = createTokenAccess({ gitUrl: forge.webUrl, token: createFetchTokens(authenticate) })
  return createGithubForge({ clientOf, identity, git })
}
