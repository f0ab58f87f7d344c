/** A forge and a Millwright beside each other on this machine: what the demo shows and the scenario tests act on. */
import { createGitHost } from '../../adapters/git/bare/create-git-host.ts'
import { createLocalForge } from '../../adapters/local-forge/create-local-forge.ts'
import type { LocalForge, LocalForgeOptions } from '../../adapters/local-forge/create-local-forge.ts'
import type { SeedRepository } from '../../adapters/local-forge/seed.ts'
import { createMemoryDurable } from '../../adapters/memory/memory-durable.ts'
import { createNodeClock, createNodeRandom } from '../../adapters/node/node-clock.ts'
import { DEFAULT_CONFIG } from '../../core/config.ts'
import type { Observer } from '../../engine/deps.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import { join } from 'node:path'
import { readAppManifest } from '../app-manifest.ts'
import { startMill } from '../mill.ts'
import type { Mill, MillOptions } from '../mill.ts'
import type { SandboxKit } from '../sandbox-kit.ts'

export interface FloorOptions {
  /** One folder for both: the forge's repositories, the app's git directories, checkouts. */
  readonly root: string
  readonly kit: SandboxKit
  readonly repositories: readonly SeedRepository[]
  readonly model: MillOptions['model']
  readonly observer: Observer
  readonly log: Log
  readonly clock?: Clock
  readonly onExchange?: LocalForgeOptions['onExchange']
}

export interface FactoryFloor {
  readonly forge: LocalForge
  readonly mill: Mill
  /** The factory first, so that nothing of it still talks to a forge that is gone. */
  close(): Promise<void>
}

export const APP_SLUG = 'millwright'
/** The default of `label` in the config. */
export const LABEL = DEFAULT_CONFIG.label

export async function openFloor(options: FloorOptions): Promise<FactoryFloor> {
  const clock = options.clock ?? createNodeClock()
  const random = createNodeRandom()
  const forge = await createLocalForge({
    gitHost: createGitHost({ root: join(options.root, 'forge') }),
    clock,
    random,
    users: [
      { login: 'acme', type: 'Organization' },
      { login: 'alice', name: 'Alice' },
      { login: 'bob', name: 'Bob' },
    ],
    repositories: options.repositories,
    ...(options.onExchange ? { onExchange: options.onExchange } : {}),
  })
  const app = forge.seedApp({
    slug: APP_SLUG,
    owner: 'acme',
    ...readAppManifest(),
    installations: [{ account: 'acme' }],
  })
  const webhookSecret = random.hex(20)
  const durable = createMemoryDurable({ clock, log: options.log })
  const mill = await startMill({
    stateRoot: join(options.root, 'mill'),
    secrets: { current: random.hex(32) },
    kit: options.kit,
    durable,
    sweeps: false,
    forge: {
      apiUrl: forge.url,
      webUrl: forge.url,
      appId: app.id,
      privateKey: app.privateKey,
      webhookSecret,
      paced: false,
    },
    model: options.model,
    clock,
    random,
    observer: options.observer,
    log: options.log,
    webhookPort: 0,
  })
  forge.listen(APP_SLUG, { url: mill.webhookUrl, secret: webhookSecret })
  return {
    forge,
    mill,
    close: async () => {
      await mill.close()
      await durable.close()
      await forge.close()
    },
  }
}
