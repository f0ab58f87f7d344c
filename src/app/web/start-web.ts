/** Starts a process that only takes deliveries in: it stores them, and workers do the rest. */
import { join } from 'node:path'
import { openDoor } from '../door.ts'
import type { Env } from '../env.ts'
import { createFileLog } from '../file-log.ts'
import { createInbox } from '../inbox.ts'
import type { Durable } from '../../ports/durable.ts'
import type { Incoming, Work } from '../../ports/incoming.ts'
import type { Log } from '../../ports/log.ts'
import type { Queue } from '../../ports/queue.ts'
import { createReadiness } from '../readiness.ts'
import { type App, createApp } from './app.ts'
import {
  askDatabase,
  awaitDatabase,
  type DatabaseAnswer,
  databaseAway,
  type DatabaseParts,
  watchDatabase,
} from './await-database.ts'
import { portProblem, stateProblem } from './check-machine.ts'
import { problemText } from './problem.ts'
import { databaseName, isComplete, readWebSettings, type WebSettings } from './settings.ts'

export interface WebParts extends DatabaseParts {
  readonly env: Env
  /** Where settings may be written, and what was run, for the sentence that names them. */
  readonly file: string
  readonly command: string
}

/** Undefined when it did not start; why was said. */
export async function startWeb(parts: WebParts): Promise<App | undefined> {
  const { found, problems } = readWebSettings(parts.env)
  const { stateRoot, port, host, database: where } = found
  const state = stateRoot === undefined ? undefined : await stateProblem(stateRoot)
  const taken = port === undefined || host === undefined ? undefined : await portProblem(host, port)
  const isOpen = stateRoot !== undefined && !state
  const log = isOpen ? createFileLog(join(stateRoot, 'log.jsonl'), parts.clock) : undefined
  const database =
    log && where && isOpen ? await askDatabase(parts, { database: where, stateRoot }, log) : undefined
  const refusal = database?.kind === 'refused' ? database.problem : undefined
  const all = [...problems, ...[state, taken, refusal].filter((problem) => problem !== undefined)]
  if (all.length > 0 || !isComplete(found) || !log || !database) {
    parts.say(problemText(all, parts))
    if (database?.kind === 'open') await database.durable.close()
    return undefined
  }
  return startWith({ ...parts, log }, found, database)
}

async function startWith(
  parts: WebParts & { readonly log: Log },
  settings: WebSettings,
  database: DatabaseAnswer,
): Promise<App | undefined> {
  const { clock, say, log } = parts
  const { port, host, webhookSecret, graceMs } = settings
  const readiness = createReadiness()
  const door = await openDoor({ port, host, deliveries: true, readiness, log })
  const opened = await awaitDatabase(parts, { place: settings, first: database, log, readiness })
  if (opened?.kind !== 'open') {
    if (opened) say(problemText([opened.problem], parts))
    await door.close()
    return undefined
  }
  const { durable } = opened
  const queue = storingQueue(durable, graceMs)
  door.accept(createInbox({ secret: webhookSecret, queue, clock, log }))
  const watch = watchDatabase(parts, durable, { place: settings, log })
  readiness.accepting([
    async () => {
      const reason = await watch.recent()
      return reason === undefined ? undefined : databaseAway(reason, settings)
    },
  ])
  say(startedText(settings, door.webhookUrl))
  return createApp({ readiness, durable, door, takesDeliveries: true, watches: [watch], graceMs })
}

/** Never started, so nothing is claimed, and nothing given up here. */
function storingQueue(durable: Durable, graceMs: number): Queue<Incoming, Work> {
  return durable.createQueue({ workSlots: 1, graceMs, onGivenUp: () => Promise.resolve() })
}

function startedText(settings: WebSettings, webhookUrl: string): string {
  return [
    'Millwright takes deliveries in. Workers do the rest: npm run mill -- worker',
    '',
    `  webhooks   ${webhookUrl}`,
    `  state      ${settings.stateRoot}`,
    `  database   ${databaseName(settings)}`,
    '',
    'Ctrl-C stops it.',
  ].join('\n')
}
