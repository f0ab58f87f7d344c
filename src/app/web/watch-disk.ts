/** An eye on the disk of the state folder: while it is nearly full, no new work is begun here. */
import type { Clock } from '../../ports/clock.ts'
import type { Disk } from '../../ports/disk.ts'
import type { Incoming, Work } from '../../ports/incoming.ts'
import type { Log } from '../../ports/log.ts'
import type { Queue } from '../../ports/queue.ts'
import { createWatch, type Watch } from '../watch.ts'

interface DiskParts {
  readonly disk: Disk
  readonly stateRoot: string
  readonly queue: Pick<Queue<Incoming, Work>, 'holdWork' | 'takeWork'>
  readonly clock: Clock
  readonly say: (text: string) => void
  readonly log: Log
}

/** A stage takes minutes to fill what is kept free. Milliseconds. */
const EVERY = 10_000

export function watchDisk({ disk, stateRoot, queue, clock, say, log }: DiskParts): Watch {
  const told = (text: string): void => {
    log.warn('disk', { said: text })
    say(text)
  }
  return createWatch({
    async ask() {
      const shortage = await disk.shortage()
      if (shortage === undefined) queue.takeWork()
      else queue.holdWork()
      return shortage
    },
    lost: (shortage) =>
      `${diskFull(stateRoot, shortage)} No new work is begun until there is more; what runs goes on.`,
    back: `The disk of ${stateRoot} has room again, and work goes on.`,
    say: told,
    onBug: (error) => log.error('bug', error),
    clock,
    everyMs: EVERY,
  })
}

export const diskFull = (stateRoot: string, shortage: string): string =>
  `The disk of ${stateRoot} is nearly full (${shortage}).`
