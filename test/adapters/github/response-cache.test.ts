/** The cache of answers keeps what was used last, within its size. */
import { describe, expect, it } from '@jest/globals'
import { createResponseCache } from '../../../src/adapters/github/response-cache.ts'

describe('the response cache', () => {
  it('drops what was not used for longest when it is full', () => {
    const cache = createResponseCache(30)
    for (const key of ['a', 'b']) cache.set(key, { etag: key, data: 'x'.repeat(10) })
    cache.get('a')
    cache.set('c', { etag: 'c', data: 'x'.repeat(10) })
    expect(['a', 'b', 'c'].map((key) => cache.get(key)?.etag)).toEqual(['a', undefined, 'c'])
  })

  it('keeps neither what is larger than itself nor what has no ETag, and forgets the older answer then', () => {
    const cache = createResponseCache(30)
    cache.set('a', { etag: '1', data: 'x' })
    cache.set('a', { etag: '2', data: 'x'.repeat(40) })
    cache.set('b', { etag: '1', data: 'x' })
    cache.set('b', { etag: undefined, data: 'y' })
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, undefined])
  })

  it('counts a replaced answer once, and numbers beyond 2^53 at all', () => {
    const cache = createResponseCache(30)
    for (let time = 0; time < 10; time++) cache.set('a', { etag: '1', data: 2n ** 60n })
    cache.set('b', { etag: '2', data: 'x' })
    expect([cache.get('a')?.data, cache.get('b')?.data]).toEqual([2n ** 60n, 'x'])
  })
})
