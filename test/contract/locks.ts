/** What every kind of lock must do; `open` gives two holders of the same locks, in one process or as if in two. */
import { expect, it } from '@jest/globals'
import type { Locks } from '../../src/ports/lock.ts'

export function locksContract(open: () => Promise<readonly [Locks, Locks]>): void {
  it('let one holder of a key in at a time, and holders of other keys in meanwhile', async () => {
    const [here, there] = await open()
    const log: string[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const hold = (locks: Locks, key: string, name: string): Promise<void> =>
      locks.withLock(key, async (proof) => {
        expect(proof.key).toBe(key)
        log.push(`${name} in`)
        await new Promise((resolve) => setTimeout(resolve, 5))
        log.push(`${name} out`)
      })
    const entered: Promise<void>[] = []
    const begun = new Promise<void>((resolve) => {
      entered.push(
        here.withLock('a', async () => {
          log.push('1 in')
          resolve()
          await gate
          log.push('1 out')
        }),
      )
    })
    await begun
    entered.push(hold(here, 'a', '2'), hold(there, 'a', '3'))
    await hold(there, 'b', 'b')
    expect(log).toEqual(['1 in', 'b in', 'b out'])
    release()
    await Promise.all(entered)
    const later = log.slice(3)
    expect(later[0]).toBe('1 out')
    expect(later.slice(1).sort()).toEqual(['2 in', '2 out', '3 in', '3 out'])
    expect(later[1]?.[0]).toBe(later[2]?.[0])
  })

  it('are released by a holder that throws', async () => {
    const [here, there] = await open()
    await expect(here.withLock('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(there.withLock('a', () => Promise.resolve(2))).resolves.toBe(2)
  })
}
