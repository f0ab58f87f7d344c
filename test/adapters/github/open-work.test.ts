/** What else is open, and what blocks an issue, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import { createForge, github, GONE, guardNetwork, ISSUE, NOT_FOUND, PATH, REPO } from './github-bench.ts'

guardNetwork()

describe('what is open', () => {
  it('is one page of issues and pull requests, as GitHub lists them', async () => {
    github()
      .get(`${PATH}/issues`)
      .query({ state: 'open', per_page: 100 })
      .reply(200, [
        { number: 9, title: 'Fix <b>', labels: [], pull_request: { url: 'u' } },
        { number: 8, title: 'Broken', labels: [] },
      ])
    const forge = createForge()
    expect(await forge.issues.openWork(REPO)).toEqual([
      { number: 9, title: 'Fix <b>', isPull: true },
      { number: 8, title: 'Broken', isPull: false },
    ])
    expect(forge.counts().reads).toBe(1)
  })
})

describe('what blocks an issue', () => {
  const path = `${PATH}/issues/1347/dependencies/blocked_by`
  const blocker = (number: number, over = {}): Record<string, unknown> => ({
    number,
    title: `Title ${number}`,
    state: 'open',
    repository_url: 'https://api.github.com/repos/octocat/hello-world',
    ...over,
  })

  it('are the open ones, with the repository where it is another', async () => {
    github()
      .get(path)
      .query({ per_page: 100 })
      .reply(200, [
        blocker(3),
        blocker(4, { state: 'closed' }),
        blocker(5, { repository_url: 'https://ghe.example.com/api/v3/repos/acme/thing' }),
      ])
    expect(await createForge().issues.blockers(ISSUE)).toEqual([
      { name: '#3', title: 'Title 3' },
      { name: 'acme/thing#5', title: 'Title 5' },
    ])
  })

  it.each([
    [404, NOT_FOUND],
    [410, GONE],
  ])('is nothing where the forge knows no such links (%i)', async (status, body) => {
    github().get(path).query({ per_page: 100 }).reply(status, body)
    expect(await createForge().issues.blockers(ISSUE)).toEqual([])
  })
})
