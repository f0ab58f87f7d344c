import { tmpdir } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { createStateDisk } from '../../../src/adapters/node/state-disk.ts'

const MB = 1024 ** 2
const ROOMY = {
  bsize: 4096,
  blocks: 25 * 1024 * 256,
  bavail: 5 * 1024 * 256,
  files: 1_000_000,
  ffree: 500_000,
}
const megabytes = (mb: number): number => (mb * MB) / 4096

async function shortageOf(found: Partial<typeof ROOMY>): Promise<string | undefined> {
  return createStateDisk('/state', async () => ({ ...ROOMY, ...found })).shortage()
}

describe('the disk of the state folder', () => {
  it('F-36: is short where less than a gigabyte is left, or than a fiftieth of a small one', async () => {
    expect(await shortageOf({})).toBeUndefined()
    const large = { blocks: megabytes(100 * 1024) }
    expect(await shortageOf({ ...large, bavail: megabytes(1024) })).toBeUndefined()
    expect(await shortageOf({ ...large, bavail: megabytes(1023) })).toBe('1023 MB left, 1024 MB needed')
    const small = { blocks: megabytes(10_000) }
    expect(await shortageOf({ ...small, bavail: megabytes(200) })).toBeUndefined()
    expect(await shortageOf({ ...small, bavail: megabytes(199) })).toBe('199 MB left, 200 MB needed')
  })

  it('F-36: is short where there is room for bytes and not for files', async () => {
    expect(await shortageOf({ ffree: 19_999 })).toBe('room for 19999 more files, 20000 needed')
    expect(await shortageOf({ files: 10_000, ffree: 199 })).toBe('room for 199 more files, 200 needed')
    // Some file systems count no files at all.
    expect(await shortageOf({ files: 0, ffree: 0 })).toBeUndefined()
  })

  it('is not known to be full where it cannot be looked at', async () => {
    const blind = createStateDisk('/state', () => Promise.reject(new Error('ENOSYS')))
    expect(await blind.shortage()).toBeUndefined()
    expect(await createStateDisk('/is/not/there').shortage()).toBeUndefined()
    expect(await createStateDisk(tmpdir(), undefined).shortage()).toBeUndefined()
  })
})
