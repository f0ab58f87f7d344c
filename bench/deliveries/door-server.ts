/** Our own door and inbox with nothing behind them: what a delivery costs before it is stored. Secret in argv[2], the log in argv[3]. */
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openDoor } from '../../src/app/door.ts'
import { createFileLog } from '../../src/app/file-log.ts'
import { createInbox } from '../../src/app/inbox.ts'
import { createReadiness } from '../../src/app/readiness.ts'

const [, , secret = '', logFile = ''] = process.argv
const clock = createNodeClock()
const log = createFileLog(logFile, clock)
const readiness = createReadiness()
const door = await openDoor({ port: 0, host: '127.0.0.1', deliveries: true, readiness, log })
door.accept(createInbox({ secret, queue: { addEvent: () => Promise.resolve() }, clock, log }))
process.stdout.write(`${door.webhookUrl}\n`)
