import { expect, it } from '@jest/globals'
import { createWatch } from '../../src/app/watch.ts'

it('asks again after a question that failed by a bug of ours', async () => {
  const sleeps: { ms: number; wake: () => void }[] = []
  const clock = {
    now: () => '2026-11-20T10:00:00.000Z',
    sleep: (ms: number) => new Promise<void>((wake) => void sleeps.push({ ms, wake })),
  }
  const answers = [() => Promise.reject(new Error('a bug')), () => Promise.resolve('it is away')]
  const said: string[] = []
  const watch = createWatch({
    ask: () => (answers.shift() ?? (() => Promise.resolve(undefined)))(),
    lost: (reason) => `lost: ${reason}`,
    back: 'back',
    say: (text) => void said.push(text),
    onBug: (error) => void said.push(String(error)),
    clock,
  })
  await expect(watch.look()).rejects.toThrow('a bug')
  sleeps.find(({ ms }) => ms === 5000)?.wake()
  await expect(watch.look()).resolves.toBe('it is away')
  await expect(watch.look()).resolves.toBeUndefined()
  expect(said).toEqual(['lost: it is away', 'back'])
  watch.close()
})
