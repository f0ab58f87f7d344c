/**
 * Millwright as a process of its own, to be killed or stopped: web and worker on the embedded server under a state folder,
 * or on one that it shares with others. What it runs on comes as JSON in argv[2]. It says where its webhooks come in, and is
 * armed again by messages.
 */
import { appendFileSync } from 'node:fs'
import { createNodeClock, createNodeRandom } from '../../src/adapters/node/node-clock.ts'
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts'
import { runProgram } from '../../src/adapters/sandbox/run-program.ts'
import { startMill } from '../../src/app/mill.ts'
import { createSandboxKit } from '../../src/app/sandbox-kit.ts'
import { SILENT } from '../../src/ports/progress.ts'
import { CrashSite } from './crash-points.ts'
import type { Armed } from './crash-points.ts'

export interface CrashWorkerOptions {
  readonly stateRoot: string
  readonly databaseUrl: string | undefined
  readonly logFile: string
  readonly armed: Armed | undefined
  readonly forge: {
    readonly url: string
    readonly appId: number
    readonly privateKey: string
    readonly webhookSecret: string
  }
  readonly model: string
  readonly secret: string
}

const options = JSON.parse(process.argv[2] ?? '{}') as CrashWorkerOptions
const clock = createNodeClock()
const write = (level: string, event: string, rest: unknown): void =>
  appendFileSync(options.logFile, `${JSON.stringify({ level, event, pid: process.pid, rest })}\n`)
const log = {
  info: (event: string, facts?: unknown) => write('info', event, facts),
  warn: (event: string, facts?: unknown) => write('warn', event, facts),
  error: (event: string, cause: unknown, facts?: unknown) =>
    write('error', event, { cause: cause instanceof Error ? cause.stack : String(cause), facts }),
}

const site = new CrashSite(options.armed, (what) => log.info(what))
process.on('message', (armed: Armed) => {
  site.arm(armed)
  process.send?.('armed')
})
globalThis.fetch = site.fetch(globalThis.fetch, options.model)
const { stateRoot, databaseUrl } = options
const kit = await createSandboxKit({
  stateRoot,
  path: process.env['PATH'] ?? '',
  home: process.env['HOME'] ?? '/nonexistent',
  cafile: undefined,
  npmRegistry: undefined,
  say: () => undefined,
})
const where = databaseUrl === undefined ? { stateRoot, run: runProgram } : { databaseUrl }
const durable = await openPostgres({ where, clock, log })
const { url, appId, privateKey, webhookSecret } = options.forge
const mill = await startMill({
  stateRoot,
  secrets: { current: options.secret },
  kit: { ...kit, sandbox: site.sandbox(kit.sandbox) },
  durable: site.durable(durable),
  forge: { apiUrl: url, webUrl: url, appId, privateKey, webhookSecret, paced: false },
  model: { name: 'claude-sonnet-5-5', apiKey: 'test-key', baseUrl: options.model, source: 'live' },
  clock,
  random: createNodeRandom(),
  observer: { moved: () => undefined, progress: () => SILENT },
  log,
  webhookPort: 0,
})
process.on('SIGTERM', () => {
  void mill
    .close()
    .then(() => durable.close())
    .then(() => process.exit(0))
})
process.send?.(mill.webhookUrl)
