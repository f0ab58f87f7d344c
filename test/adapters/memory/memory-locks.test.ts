import { describe, expect, it } from '@jest/globals'
import { createMemoryLocks } from '../../../src/adapters/memory/memory-locks.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { intakeState } from '../../support/states.ts'

describe('the locks of one process', () => {
  it('let one holder of a key in at a time, and holders of other keys in meanwhile', async () => {
    const locks = createMemoryLocks()
    const log: string[] = []
    const hold = (key: string, name: string): Promise<void> =>
      locks.withLock(key, async (proof) => {
        expect(proof.key).toBe(key)
        log.push(`${name} in`)
        await new Promise((resolve) => setTimeout(resolve, 10))
        log.push(`${name} out`)
      })
    await Promise.all([hold('a', '1'), hold('a', '2'), hold('b', '3')])
    expect(log.filter((line) => !line.startsWith('3'))).toEqual(['1 in', '1 out', '2 in', '2 out'])
    expect(log.indexOf('3 in')).toBeLessThan(log.indexOf('1 out'))
  })

  it('are released by a holder that throws', async () => {
    const locks = createMemoryLocks()
    await expect(locks.withLock('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(locks.withLock('a', () => Promise.resolve(2))).resolves.toBe(2)
  })
})

describe('the store of one process', () => {
  it('never lets an older revision of a run replace a newer one', async () => {
    const store = createMemoryStore()
    const intent = (rev: number, run = 'abcde12345') => ({
      comment: 1,
      body: '',
      confirmed: true,
      spilled: [],
      state: intakeState({ rev, run }),
    })
    await store.saveIntent('k', intent(2))
    await expect(store.saveIntent('k', intent(1))).rejects.toThrow('older')
    await store.saveIntent('k', intent(0, 'another12345'))
    expect((await store.intent('k'))?.state.run).toBe('another12345')
  })
})
