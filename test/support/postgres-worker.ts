/**
 * A worker process of its own, to be killed and stopped: takes jobs of the database in argv[2] and writes what it does
 * to the file in argv[3], where lines of several processes keep their order. Its name is argv[4].
 */
import { appendFileSync } from 'node:fs'
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts'
import type { Queue, TakenJob } from '../../src/ports/queue.ts'

const [, , databaseUrl = '', file = '', name = ''] = process.argv
const clock = createNodeClock()
const write = (line: string): void => appendFileSync(file, `${name} ${line}\n`)

const postgres = await openPostgres({
  where: { databaseUrl },
  clock,
  log: {
    info: () => undefined,
    warn: (event) => write(`warned ${event}`),
    error: (event, cause) => write(`failed ${event}: ${String(cause)}`),
  },
})
const queue: Queue<string, string> = postgres.createQueue({
  workSlots: 2,
  graceMs: 5000,
  onGivenUp: async (job) => write(`gave up ${job.id}`),
})

/**
 * The payload says how long the first try takes and how long a later one does, in ms; `lock` holds its key meanwhile,
 * `kills` ends the process with it.
 */
async function handle({ id, key, payload, again }: TakenJob<string>, signal: AbortSignal): Promise<void> {
  const [first = '0', later = '0', how] = payload.split(' ')
  write(`${again ? 'resumes' : 'begins'} ${id}`)
  const work = (): Promise<void> => clock.sleep(Number(again ? later : first), signal)
  try {
    await (how === 'lock' && !again ? postgres.locks.withLock(key, work) : work())
    if (how === 'kills') process.kill(process.pid, 'SIGKILL')
    write(`ends ${id}`)
  } catch (error) {
    write(`breaks off ${id}`)
    throw error
  }
}

queue.start({ event: handle, work: handle })
process.on('SIGTERM', () => {
  void queue
    .stop()
    .then(() => postgres.close())
    .then(() => process.exit(0))
})
write('is ready')
