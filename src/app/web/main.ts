/** `npm start`: the set-up page while there is no App, and the App from then on, until a signal ends it. */
import { issueName } from '../../core/ids.ts'
import { RetryableError, StageFailure, UserError } from '../../core/errors.ts'
import { createNodeClock, createNodeRandom } from '../../adapters/node/node-clock.ts'
import type { Observer } from '../../engine/deps.ts'
import { SILENT } from '../../ports/progress.ts'
import { movedLine } from '../demo/terminal.ts'
import { envFile, loadEnv, readEnv } from '../env.ts'
import { createSandboxKit } from '../sandbox-kit.ts'
import { setUp } from './set-up/set-up.ts'
import { hasCredentials } from './settings.ts'
import { startApp } from './start-app.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n\n`)

const clock = createNodeClock()
const random = createNodeRandom()

const observer: Observer = {
  progress: () => SILENT,
  moved: (state) =>
    void process.stdout.write(`${clock.now()} ${issueName(state.issue)}${movedLine(state)}\n`),
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

async function main(): Promise<boolean> {
  const stop = stopSignal()
  const file = envFile()
  let env = readEnv(loadEnv())
  if (!hasCredentials(env)) {
    if (!(await setUp({ env, file, clock, random, say, stop }))) return true
    env = readEnv(loadEnv())
  }
  const mill = await startApp({ env, file, clock, random, observer, say, createKit: createSandboxKit, stop })
  if (!mill) return stop.aborted
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve))
  await mill.close()
  process.stdout.write('Stopped.\n')
  return true
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  const ours = error instanceof UserError || error instanceof StageFailure || error instanceof RetryableError
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(ours ? `\n${error.message}\n` : `\nThis is a bug in Millwright:\n${told}\n`)
  process.exitCode = 1
}
// Nothing may keep a process that has said its last word: sockets that a peer holds open, for instance.
process.exit()
