import { describe, expect, it } from '@jest/globals'
import { connection, type PageArguments } from '../../../../src/adapters/local-forge/graphql/connection.ts'

const items = ['a', 'b', 'c', 'd', 'e']
const page = (wanted: PageArguments) => connection('letters', { items, page: wanted }, (name) => ({ name }))
const names = (wanted: PageArguments) => (page(wanted)['nodes'] as { name: string }[]).map(({ name }) => name)
const info = (wanted: PageArguments) => page(wanted)['pageInfo'] as Record<string, string | boolean | null>

describe('a connection', () => {
  it('is walked forwards by the cursor of the last node', () => {
    const first = info({ first: 2 })
    expect(names({ first: 2 })).toEqual(['a', 'b'])
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    const second = { first: 2, after: String(first['endCursor']) }
    expect(names(second)).toEqual(['c', 'd'])
    expect(info(second)).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
    const third = { first: 2, after: String(info(second)['endCursor']) }
    expect(names(third)).toEqual(['e'])
    expect(info(third)).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  })

  it('is walked backwards by the cursor of the first node', () => {
    expect(names({ last: 2 })).toEqual(['d', 'e'])
    const before = { last: 2, before: String(info({ last: 2 })['startCursor']) }
    expect(names(before)).toEqual(['b', 'c'])
    expect(info(before)).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
  })

  it('has no cursors where it has no nodes, and counts all all the same', () => {
    const beyond = { first: 2, after: String(info({ last: 1 })['endCursor']) }
    expect(page(beyond)).toMatchObject({
      totalCount: 5,
      nodes: [],
      pageInfo: { startCursor: null, endCursor: null, hasNextPage: false },
    })
  })

  it('refuses a page without a size, of more than 100, or after nothing that it knows', () => {
    expect(() => page({})).toThrow(
      'You must provide a `first` or `last` value to properly paginate the `letters` connection.',
    )
    expect(() => page({ last: 101 })).toThrow(
      'Requesting 101 records on the `letters` connection exceeds the `last` limit of 100 records.',
    )
    expect(() => page({ first: 1, after: 'x' })).toThrow('`x` does not appear to be a valid cursor.')
  })
})
