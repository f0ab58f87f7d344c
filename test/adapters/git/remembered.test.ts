/** What is remembered of objects: asked once, forgotten by weight, and never what may change. */
import { expect, it } from '@jest/globals'
import { Remembered } from '../../../src/adapters/git/remembered.ts'

const id = (letter: string): string => letter.repeat(40)

function asking(most = 10) {
  const asked: string[] = []
  const memory = new Remembered<string>(most, (answer) => answer.length)
  const take = (letter: string, answer = letter, where = 'mirror'): Promise<string> =>
    memory.take({ where, id: letter.length === 1 ? id(letter) : letter }, async () => {
      asked.push(`${where} ${letter}`)
      return answer
    })
  return { asked, memory, take }
}

it('asks once for each object of each mirror, also when two ask at the same moment', async () => {
  const { asked, memory, take } = asking()
  expect(await Promise.all([take('a'), take('a'), take('a', 'a', 'other')])).toEqual(['a', 'a', 'a'])
  expect(await take('a')).toBe('a')
  expect(asked).toEqual(['mirror a', 'other a'])
  expect(await memory.known({ where: 'mirror', id: id('a') })).toBe('a')
  expect(memory.known({ where: 'mirror', id: id('b') })).toBeUndefined()
})

it('tells apart what is asked about the same object', async () => {
  const { memory } = asking()
  const about = (words: string) =>
    memory.take({ where: 'mirror', id: id('a'), about: words }, async () => words)
  expect([await about('x'), await about('y'), await about('x')]).toEqual(['x', 'y', 'x'])
})

it('forgets what was not asked for the longest, and keeps nothing that is too heavy alone', async () => {
  const { asked, take } = asking(10)
  await take('a', 'aaaa')
  await take('b', 'bbbb')
  await take('a')
  await take('c', 'cccc')
  await take('a')
  await take('b', 'bbbb')
  expect(asked).toEqual(['mirror a', 'mirror b', 'mirror c', 'mirror b'])
  await take('d', 'd'.repeat(11))
  await take('d', 'd'.repeat(11))
  // No room is made for it, which would be in vain.
  await take('b', 'bbbb')
  expect(asked.slice(4)).toEqual(['mirror d', 'mirror d'])
})

it('asks again after a failure, and always for a name that is not the object itself', async () => {
  const { asked, memory, take } = asking()
  const failing = memory.take({ where: 'mirror', id: id('a') }, async () => {
    throw new Error('gone')
  })
  await expect(failing).rejects.toThrow('gone')
  expect(await take('a')).toBe('a')
  await take('refs/heads/main')
  await take('refs/heads/main')
  expect(asked).toEqual(['mirror a', 'mirror refs/heads/main', 'mirror refs/heads/main'])
})
