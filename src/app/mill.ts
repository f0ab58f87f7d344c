/** Millwright as a GitHub App: webhooks in, GitHub out by Probot's clients as the App, the factory between them. */
import { Probot } from 'probot'
import { createAppForge } from '../adapters/github/app-forge.ts'
import { appOctokit } from '../adapters/github/app-octokit.ts'
import type { GithubClient } from '../adapters/github/github-client.ts'
import { createGithubForge } from '../adapters/github/github-forge.ts'
import type { GithubForge } from '../adapters/github/github-forge.ts'
import {
  appIdentity,
  createGitTokens,
  createInstallationClients,
} from '../adapters/github/installation-clients.ts'
import { createLimits } from '../adapters/github/limits.ts'
import { createTokenAccess } from '../adapters/github/token-access.ts'
import { heldBack, refused } from '../adapters/github/translate-error.ts'
import type { Durable } from '../ports/durable.ts'
import { openDoor } from './door.ts'
import { openFactory } from './factory.ts'
import type { Factory, FactoryOptions } from './factory.ts'
import { createInbox } from './inbox.ts'
import { createReadiness } from './readiness.ts'

export interface WorksOptions extends Omit<FactoryOptions, 'forge' | 'webUrl'> {
  readonly forge: {
    readonly apiUrl: string
    readonly webUrl: string
    readonly appId: number
    readonly privateKey: string
    /** GitHub wants a second between writes; a forge of our own does not. */
    readonly paced: boolean
  }
  readonly durable: Durable
  /** Told of a request that GitHub did not answer, or answered with an error of its own. */
  readonly onForgeMiss?: () => void
}

/** The factory as the App, without a door to the outside: all that a worker is. */
export interface Works extends Factory {
  readonly forge: GithubForge
}

export async function openWorks(options: WorksOptions): Promise<Works> {
  const forge = await createForge(options, createProbot(options))
  const factory = openFactory({ ...options, forge, webUrl: options.forge.webUrl }, options.durable)
  return { ...factory, forge }
}

export interface MillOptions extends WorksOptions {
  readonly forge: WorksOptions['forge'] & { readonly webhookSecret: string }
  /** 0 takes a free port. */
  readonly webhookPort: number
}

export interface Mill {
  readonly webhookUrl: string
  readonly forge: GithubForge
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
  /** The durable parts stay open: they belong to whoever opened them. */
  close(): Promise<void>
}

/** Works with a door on this machine, at work: what the demo and the scenarios run. */
export async function startMill(options: MillOptions): Promise<Mill> {
  const { clock, log, webhookPort: port } = options
  const works = await openWorks(options)
  const { queue, forge } = works
  const readiness = createReadiness()
  const door = await openDoor({ port, host: '127.0.0.1', deliveries: true, readiness, log })
  door.accept(createInbox({ secret: options.forge.webhookSecret, queue, clock, log }))
  works.start()
  readiness.accepting([])
  return {
    webhookUrl: door.webhookUrl,
    forge,
    idle: () => queue.idle(),
    close: async () => {
      readiness.stopping()
      await door.close()
      await works.close()
    },
  }
}

function clientClass({ forge, clock, onForgeMiss }: WorksOptions): ReturnType<typeof appOctokit> {
  const limits = createLimits(() => Date.parse(clock.now()))
  return class extends appOctokit({ paced: forge.paced, limits }) {
    constructor(options: Readonly<Record<string, unknown>> = {}) {
      super(options)
      this.hook.error('request', (error) => {
        // A lost connection has no status of its own; Octokit gives it 500.
        if (!heldBack(error) && (refused(error)?.status ?? 0) >= 500) onForgeMiss?.()
        throw error
      })
    }
  }
}

function createProbot(options: WorksOptions): Probot {
  const { forge } = options
  return new Probot({
    appId: forge.appId,
    privateKey: forge.privateKey,
    baseUrl: forge.apiUrl,
    // Probot's own lines repeat every request; ours say what was done.
    logLevel: 'fatal',
    Octokit: clientClass(options),
  })
}

async function createForge({ forge }: WorksOptions, probot: Probot): Promise<GithubForge> {
  const authenticate = async (installation?: number): Promise<GithubClient> =>
    (await probot.auth(installation)) as unknown as GithubClient
  const clientOf = createInstallationClients(authenticate)
  const identity = await appIdentity(authenticate)
  const git = createTokenAccess({ gitUrl: forge.webUrl, token: createGitTokens(authenticate) })
  return createGithubForge({ clientOf, identity, git, app: createAppForge(authenticate) })
}
