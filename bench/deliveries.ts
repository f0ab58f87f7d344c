/** How many deliveries a second are acknowledged, and how soon: by us, who store them first, and by Probot, which does not. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Server as ProbotServer } from 'probot'
import { waitUntil } from '../test/support/host-processes.ts'
import { freePort, startMillProcess } from '../test/support/mill-process.ts'
import { startTestServer } from '../test/support/postgres-server.ts'
import type { Load } from './deliveries/load.ts'
import { spread, sum } from './figures.ts'
import { query } from './query.ts'
import type { Deliveries, DeliveryRow, Peer } from './results.ts'

const CONNECTIONS = [1, 8, 32]
const ROUNDS = 3
const SECONDS = 2
const SECRET = 'between the bench and what it measures'
const PEERS: readonly Peer[] = ['probot', 'door', 'web']

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The peers take turns, so that what else happens on the machine meets all of them. */
export async function deliveries(): Promise<Deliveries> {
  const root = await mkdtemp(join(tmpdir(), 'mw-bench-'))
  await chmod(root, 0o711)
  const postgres = await startTestServer()
  const database = await postgres.freshUrl()
  const servers = await startServers(root, database)
  try {
    // What is slow only once: compilers, connections, files that grow.
    for (const peer of PEERS) await load(servers[peer].url, Math.max(...CONNECTIONS))
    const taken: Taken[] = []
    for (let round = 0; round < ROUNDS; round += 1)
      for (const connections of CONNECTIONS)
        for (const peer of PEERS)
          taken.push({ peer, connections, ...(await load(servers[peer].url, connections)) })
    return {
      postgres: await postgresVersion(database),
      probot: ProbotServer.version,
      rounds: ROUNDS,
      seconds: SECONDS,
      rows: CONNECTIONS.flatMap((connections) =>
        PEERS.map((peer) =>
          rowOf(taken.filter((one) => one.peer === peer && one.connections === connections)),
        ),
      ),
    }
  } finally {
    await Promise.all(PEERS.map((peer) => servers[peer].stop()))
    await postgres.close()
    await rm(root, { recursive: true, force: true })
  }
}

type Taken = Load & Pick<DeliveryRow, 'peer' | 'connections'>

async function load(url: string, connections: number): Promise<Load> {
  const args = [path('deliveries/load.ts'), url, String(connections), String(SECONDS), SECRET]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as Load
}

function rowOf(taken: readonly Taken[]): DeliveryRow {
  const { peer = 'web', connections = 0 } = taken[0] ?? {}
  return {
    peer,
    connections,
    perSecond: spread(taken.map(({ perSecond }) => perSecond)),
    p50: spread(taken.map(({ p50 }) => p50)),
    p99: spread(taken.map(({ p99 }) => p99)),
    refused: sum(taken.map(({ refused }) => refused)),
  }
}

async function postgresVersion(database: string): Promise<string> {
  const [row] = await query<{ server_version: string }>(database, 'SHOW server_version')
  return row?.server_version ?? 'unknown'
}

interface Server {
  readonly url: string
  stop(): Promise<unknown>
}

async function startServers(root: string, database: string): Promise<Readonly<Record<Peer, Server>>> {
  const [webPort, probotPort] = [await freePort(), await freePort()]
  const web = startMillProcess('web', {
    MILLWRIGHT_STATE: join(root, 'state'),
    DATABASE_URL: database,
    WEBHOOK_SECRET: SECRET,
    PORT: String(webPort),
  })
  await web.says('Millwright takes deliveries in.')
  const door = await startServer(['door-server.ts', SECRET, join(root, 'door.jsonl')], join(root, 'door.txt'))
  const probotArgs = ['probot-server.ts', SECRET, String(probotPort)]
  const probot = await startServer(probotArgs, join(root, 'probot.txt'))
  const webhooks = (port: number): string => `http://127.0.0.1:${port}/api/github/webhooks`
  return {
    web: { url: webhooks(webPort), stop: () => web.stop() },
    door: { url: (await readFile(join(root, 'door.txt'), 'utf8')).trim(), stop: door },
    probot: { url: webhooks(probotPort), stop: probot },
  }
}

/** What it prints goes into a file, as our log does. Returns how to end it. */
async function startServer(
  [script = '', ...args]: readonly string[],
  outputFile: string,
): Promise<() => Promise<unknown>> {
  const file = openSync(outputFile, 'a')
  const child = spawn(process.execPath, ['--no-warnings', path(`deliveries/${script}`), ...args], {
    stdio: ['ignore', file, 'inherit'],
  })
  closeSync(file)
  const ended = once(child, 'exit')
  await waitUntil(async () => /listening on|http:/i.test(await readFile(outputFile, 'utf8')))
  return async () => {
    child.kill('SIGKILL')
    await ended
  }
}
