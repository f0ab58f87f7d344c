/** Looks how much room is left on the disk of a folder. */
import { statfs } from 'node:fs/promises'
import type { StatsFs } from 'node:fs'
import type { Disk } from '../../ports/disk.ts'

/** A checkout with its dependencies. On a small disk that would be most of it, so there a share counts instead. */
const LEAST_BYTES = 1024 ** 3
/** Where inodes are counted at all; `node_modules` has them by the ten thousand. */
const LEAST_FILES = 20_000
const LEAST_SHARE = 0.02

type Look = (folder: string) => Promise<Pick<StatsFs, 'bsize' | 'blocks' | 'bavail' | 'files' | 'ffree'>>

export function createStateDisk(folder: string, look: Look = statfs): Disk {
  return {
    async shortage() {
      // What cannot be looked at (a file system that does not tell) is not known to be full.
      const found = await look(folder).catch(() => undefined)
      return found && (bytesShort(found) ?? filesShort(found))
    },
  }
}

function bytesShort({ bsize, blocks, bavail }: Awaited<ReturnType<Look>>): string | undefined {
  const least = Math.min(LEAST_BYTES, bsize * blocks * LEAST_SHARE)
  const left = bsize * bavail
  return left < least ? `${megabytes(left)} MB left, ${megabytes(least)} MB needed` : undefined
}

function filesShort({ files, ffree }: Awaited<ReturnType<Look>>): string | undefined {
  const least = Math.min(LEAST_FILES, Math.floor(files * LEAST_SHARE))
  return ffree < least ? `room for ${ffree} more files, ${least} needed` : undefined
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2)
}
