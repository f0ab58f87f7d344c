/** Lists of issues by change and by label, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import type nock from 'nock'
import { createForge, github, guardNetwork, PATH, REPO } from './github-bench.ts'

guardNetwork()

const SINCE = '2026-11-21T10:00:00Z'
const second = (offset: number): string => new Date(Date.parse(SINCE) + offset * 1000).toISOString()

/** A line of GitHub's list. */
function raw(number: number, over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    number,
    title: `Issue ${number}`,
    body: 'Text',
    state: 'open',
    labels: [{ id: 1, name: 'millwright', color: 'ededed' }, 'bug'],
    user: { login: 'octocat', id: 1, type: 'User' },
    created_at: SINCE,
    updated_at: second(number),
    ...over,
  }
}

const rows = (from: number, to: number, over: Record<string, unknown> = {}): Record<string, unknown>[] =>
  Array.from({ length: to - from + 1 }, (_, index) => raw(from + index, over))

function changed(since: string, page = 1): nock.Interceptor {
  const query = { state: 'all', sort: 'updated', direction: 'asc', since, per_page: 100, page }
  return github().get(`${PATH}/issues`).query(query)
}

function labelledPage(page: number): nock.Interceptor {
  const query = {
    state: 'open',
    labels: 'millwright',
    sort: 'created',
    direction: 'asc',
    per_page: 100,
    page,
  }
  return github().get(`${PATH}/issues`).query(query)
}

const numbers = (found: readonly { readonly ref: { readonly number: number } }[]): number[] =>
  found.map(({ ref }) => ref.number)

describe('what changed', () => {
  it('is told of issues and pull requests alike, open or closed', async () => {
    changed(SINCE).reply(200, [
      raw(1),
      raw(2, { state: 'closed', body: null, user: null, labels: [], pull_request: { url: 'x' } }),
    ])
    expect(await createForge().issues.changedSince(REPO, SINCE)).toEqual([
      {
        ref: { repo: REPO, number: 1 },
        isPull: false,
        state: 'open',
        labels: ['millwright', 'bug'],
        title: 'Issue 1',
        body: 'Text',
        author: { id: 1, login: 'octocat' },
        updatedAt: second(1),
      },
      {
        ref: { repo: REPO, number: 2 },
        isPull: true,
        state: 'closed',
        labels: [],
        title: 'Issue 2',
        body: '',
        author: null,
        updatedAt: second(2),
      },
    ])
  })

  it('goes on from the last time of a page, so that what changes while it reads pushes nothing over the edge', async () => {
    changed(SINCE).reply(200, rows(1, 100))
    // Number 5 changed meanwhile; 100 is read twice.
    changed(second(100)).reply(200, [...rows(100, 102), raw(5, { title: 'New', updated_at: second(103) })])
    const found = await createForge().issues.changedSince(REPO, SINCE)
    const all = rows(1, 102).map(({ number }) => Number(number))
    expect(numbers(found)).toEqual([...all.filter((number) => number !== 5), 5])
    expect(found.at(-1)).toMatchObject({ title: 'New', updatedAt: second(103) })
  })

  it('goes on by pages where a whole page changed in one second', async () => {
    changed(SINCE).reply(200, rows(1, 100, { updated_at: SINCE }))
    changed(SINCE, 2).reply(200, rows(101, 120, { updated_at: SINCE }))
    expect(numbers(await createForge().issues.changedSince(REPO, SINCE))).toHaveLength(120)
  })

  it('is cut at a thousand, the oldest changes first', async () => {
    changed(SINCE).reply(200, rows(1, 100))
    for (let last = 100; last < 1000; last += 99) changed(second(last)).reply(200, rows(last, last + 99))
    const found = await createForge().issues.changedSince(REPO, SINCE)
    expect([found.length, found[0]?.ref.number, found.at(-1)?.ref.number]).toEqual([1000, 1, 1000])
  })

  it('costs no quota where nothing changed since the last look', async () => {
    const forge = createForge()
    changed(SINCE).reply(200, [raw(1)], { etag: '"abc"' })
    changed(SINCE).matchHeader('if-none-match', '"abc"').reply(304)
    const before = await forge.issues.changedSince(REPO, SINCE)
    expect(await forge.issues.changedSince(REPO, SINCE)).toEqual(before)
    expect(forge.counts()).toEqual({ reads: 2, unchangedReads: 1, writes: 0 })
  })
})

describe('what is labelled', () => {
  it('is read page by page, without pull requests', async () => {
    labelledPage(1).reply(200, rows(1, 100))
    labelledPage(2).reply(200, [raw(101), raw(102, { pull_request: { url: 'x' } })])
    const found = await createForge().issues.labelled(REPO, 'millwright')
    expect([found.length, found.at(-1)?.ref.number]).toEqual([101, 101])
  })

  it('has the label itself, whatever its case, and not what GitHub made of a name', async () => {
    labelledPage(1).reply(200, [raw(1, { labels: [{ name: 'Millwright' }] }), raw(2, { labels: ['mill'] })])
    expect(numbers(await createForge().issues.labelled(REPO, 'millwright'))).toEqual([1])
  })
})
