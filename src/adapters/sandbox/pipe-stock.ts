/**
 * Real pipes for the output of commands. Node's own `pipe` is a socket, and a socket cannot be opened a second time:
 * `> /dev/stderr`, `--outputFile=/dev/stdout` and the like would fail inside, although they work everywhere else.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, chownSync, existsSync, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { notStarted } from './not-started.ts'
import type { Owner } from './state-folder.ts'

export interface Pipe {
  readonly reader: Readable
  /** The writing end, for the child; ours must be closed when the child has it, or the reader never ends. */
  readonly writer: number
}

// Two per command; making eight commands' worth at once brings the cost of mkfifo under a millisecond per command.
const BATCH = 16

export class PipeStock {
  readonly #folder: string
  readonly #owner: Owner | undefined
  #ready: string[] = []
  #making: Promise<void> | undefined

  constructor(stateRoot: string, owner: Owner | undefined) {
    this.#folder = join(stateRoot, 'pipes')
    this.#owner = owner
  }

  async take(): Promise<Pipe> {
    for (;;) {
      const path = this.#ready.pop()
      if (path === undefined) {
        this.#making ??= this.#make().finally(() => (this.#making = undefined))
        await this.#making
        continue
      }
      // An idle day later another app may have swept the folder; the next one is a fresh one then.
      if (!existsSync(path)) continue
      // Reading end first and without waiting; then the writing end has its partner at once.
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      const writer = openSync(path, constants.O_WRONLY)
      // Nobody else can come to it by name now; the two ends live on.
      unlinkSync(path)
      return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer }
    }
  }

  async #make(): Promise<void> {
    const batch = randomBytes(6).toString('hex')
    const paths = Array.from({ length: BATCH }, (_, index) => join(this.#folder, `${batch}-${index}`))
    try {
      await promisify(execFile)('/usr/bin/env', ['mkfifo', '-m', '600', ...paths])
    } catch (error) {
      throw notStarted(
        `mkfifo failed in ${this.#folder}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
    if (this.#owner !== undefined) for (const path of paths) chownSync(path, this.#owner.uid, this.#owner.gid)
    this.#ready.push(...paths)
  }
}
