/** Millwright as people start it: a process of `npm run mill`, with what it says and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { waitUntil } from './host-processes.ts'

const MAIN = fileURLToPath(new URL('../../src/app/cli/main.ts', import.meta.url))
/** A start takes a second or two; a busy machine is no failure. */
const PATIENCE_MS = 60_000

export interface MillProcess {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves when a text was printed. */
  says(text: string): Promise<void>
  /** Resolves with its exit code. */
  ended(): Promise<number | null>
  /** Asks it to end. */
  stop(): Promise<number | null>
}

/** With nothing of our own environment but the paths, and no `.env` of whoever runs the tests. */
export function startMillProcess(
  command: 'web' | 'worker' | 'rebuild',
  env: Readonly<Record<string, string>>,
): MillProcess {
  const child = spawn(process.execPath, [MAIN, command], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      MILLWRIGHT_ENV_FILE: '/nonexistent/.env',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text))
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  const ended = async (): Promise<number | null> => {
    if (!isOver()) await once(child, 'exit')
    return child.exitCode
  }
  return {
    child,
    output: () => output,
    says: async (text) => {
      await waitUntil(async () => isOver() || output.includes(text), PATIENCE_MS).catch(() => undefined)
      if (!output.includes(text)) throw new Error(`${command} did not say "${text}", but: ${output}`)
    },
    ended,
    stop: () => {
      child.kill('SIGTERM')
      return ended()
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
