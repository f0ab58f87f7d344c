/** One process from its start to its last word: `npm start`, or `npm run mill -- web` and `worker`. */
import { issueName } from '../../core/ids.ts'
import { duration } from '../../core/say/figures.ts'
import { createNodeClock, createNodeRandom } from '../../adapters/node/node-clock.ts'
import { createStateDisk } from '../../adapters/node/state-disk.ts'
import type { Observer } from '../../engine/deps.ts'
import type { Clock } from '../../ports/clock.ts'
import { SILENT } from '../../ports/progress.ts'
import { movedLine } from '../demo/terminal.ts'
import { envFile, loadEnv, readEnv } from '../env.ts'
import { openDurable } from '../open-durable.ts'
import { createSandboxKit } from '../sandbox-kit.ts'
import type { App } from './app.ts'
import { setUp } from './set-up/set-up.ts'
import { hasCredentials, type Role } from './settings.ts'
import { startApp, type StartParts } from './start-app.ts'
import { startWeb } from './start-web.ts'

const COMMANDS: Readonly<Record<Role, string>> = {
  all: 'npm start',
  web: 'npm run mill -- web',
  worker: 'npm run mill -- worker',
}

/** Beyond the grace period, in which the queue has handed everything back: what hangs then is no work. Milliseconds. */
const LAST_SECONDS = 5_000

/** False where it did not start, or did not end in time. */
export async function serve(role: Role): Promise<boolean> {
  const parts = processParts(COMMANDS[role])
  // The file belongs to all processes of a machine; a port belongs to one, which is the one for webhooks.
  const own = role === 'worker' ? ['PORT'] : []
  let env = readEnv(loadEnv(undefined, own))
  if (role === 'all' && !hasCredentials(env)) {
    if (!(await setUp({ ...parts, env }))) return true
    env = readEnv(loadEnv())
  }
  const app = await (role === 'web' ? startWeb({ ...parts, env }) : startApp({ ...parts, env, role }))
  if (!app) return parts.stop.aborted
  if (!parts.stop.aborted) await new Promise((resolve) => parts.stop.addEventListener('abort', resolve))
  return closeInTime(app, parts)
}

/** What a process on this machine runs with. */
export function processParts(command: string): Omit<StartParts, 'env' | 'role'> {
  const clock = createNodeClock()
  return {
    file: envFile(),
    command,
    clock,
    random: createNodeRandom(),
    observer: linesOf(clock),
    say,
    createKit: createSandboxKit,
    createDisk: createStateDisk,
    openDurable,
    stop: stopSignal(),
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n\n`)

function linesOf(clock: Clock): Observer {
  return {
    progress: () => SILENT,
    moved: (state) =>
      void process.stdout.write(`${clock.now()} ${issueName(state.issue)}${movedLine(state)}\n`),
  }
}

/** Aborted by the first signal; the second ends the process at once, for whoever can't wait. */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  const heard = (signal: string): void => {
    if (stop.signal.aborted) process.exit(1)
    process.stdout.write(`\n${signal}: no new work is taken; what runs is ended. Again to end at once.\n`)
    stop.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, heard)
  return stop.signal
}

/** True when everything was handed back. */
export async function closeInTime(
  app: Pick<App, 'close' | 'graceMs'>,
  { clock, say }: Pick<StartParts, 'clock' | 'say'>,
): Promise<boolean> {
  const limit = app.graceMs + LAST_SECONDS
  const ended = new AbortController()
  const late = clock.sleep(limit, ended.signal).then(() => 'late' as const)
  const first = await Promise.race([app.close(), late])
  ended.abort()
  say(
    first === 'late'
      ? `It could not stop within ${duration(limit)}, so it ends now. Other workers take its jobs over, or the next start does.`
      : 'Stopped.',
  )
  return first !== 'late'
}
