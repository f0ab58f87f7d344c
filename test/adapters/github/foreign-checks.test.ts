/** Others' check runs and statuses on a commit, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import {
  createClient,
  createForge,
  github,
  guardNetwork,
  NOT_FOUND,
  PATH,
  PERSON,
  REPO,
} from './github-bench.ts'

guardNetwork()

const HEAD = '4'.repeat(40)
const run = (over = {}): Record<string, unknown> => ({
  id: 5,
  name: 'build',
  status: 'completed',
  conclusion: 'success',
  started_at: '2018-05-04T01:14:52Z',
  details_url: 'https://ci.example.com/5',
  html_url: 'https://github.com/octocat/Hello-World/runs/5',
  app: { id: 1 },
  output: { title: null, summary: null, text: null, annotations_count: 0 },
  ...over,
})
const runs = (found: readonly object[], page = 1): void => {
  github()
    .get(`${PATH}/commits/${HEAD}/check-runs`)
    .query({ filter: 'latest', per_page: 100, page })
    .reply(200, { total_count: found.length, check_runs: found })
}
const statuses = (...found: readonly object[]): void => {
  github()
    .get(`${PATH}/commits/${HEAD}/status`)
    .query({ per_page: 100, page: 1 })
    .reply(200, { state: 'pending', statuses: found })
}
const status = (over = {}): Record<string, unknown> => ({
  context: 'ci/deploy',
  state: 'success',
  description: 'It is there',
  target_url: 'https://ci.example.com/deploy',
  ...over,
})

describe('checks by others', () => {
  it.each([
    ['queued', null, 'pending'],
    ['in_progress', null, 'pending'],
    ['waiting', null, 'pending'],
    ['completed', 'success', 'passed'],
    ['completed', 'neutral', 'skipped'],
    ['completed', 'skipped', 'skipped'],
    ['completed', 'failure', 'failed'],
    ['completed', 'cancelled', 'failed'],
    ['completed', 'timed_out', 'failed'],
    ['completed', 'action_required', 'failed'],
    ['completed', 'stale', 'failed'],
    ['completed', 'startup_failure', 'failed'],
    ['completed', null, 'failed'],
  ])('that are %s with conclusion %s count as %s', async (state, conclusion, expected) => {
    runs([run({ status: state, conclusion })])
    statuses()
    expect(await createForge().pulls.checks(REPO, HEAD)).toEqual([
      { name: 'build', state: expected, url: 'https://ci.example.com/5', text: '' },
    ])
  })

  it.each([
    ['success', 'passed'],
    ['pending', 'pending'],
    ['failure', 'failed'],
    ['error', 'failed'],
  ])('as statuses: %s counts as %s', async (state, expected) => {
    runs([])
    statuses(status({ state }))
    expect(await createForge().pulls.checks(REPO, HEAD)).toEqual([
      { name: 'ci/deploy', state: expected, url: 'https://ci.example.com/deploy', text: 'It is there' },
    ])
  })

  it('leave ours out: the App by its number, whatever it is called', async () => {
    runs([run({ name: 'millwright', app: { id: 777 } }), run({ name: 'millwright', app: { id: 1 } })])
    statuses(status({ context: 'millwright' }))
    const found = await createForge().pulls.checks(REPO, HEAD)
    expect(found.map(({ name, url }) => [name, url])).toEqual([
      ['millwright', 'https://ci.example.com/5'],
      ['millwright', 'https://ci.example.com/deploy'],
    ])
  })

  it("leave ours out: a token's status by its name, which is all that is known of it", async () => {
    runs([run({ name: 'millwright', app: null })])
    statuses(status({ context: 'millwright' }), status({ description: null, target_url: null }))
    expect(await createForge(createClient(), PERSON).pulls.checks(REPO, HEAD)).toEqual([
      { name: 'millwright', state: 'passed', url: 'https://ci.example.com/5', text: '' },
      { name: 'ci/deploy', state: 'passed', url: null, text: '' },
    ])
  })

  it('are the newest of each name, from all pages; one that waits is newer than those that ran', async () => {
    const filler = Array.from({ length: 96 }, (_, index) => run({ id: 100 + index, name: `job ${index}` }))
    runs([
      run({ id: 7, conclusion: 'failure', started_at: '2018-05-04T02:00:00Z' }),
      run({ id: 6 }),
      run({ id: 8, name: 'again', status: 'queued', conclusion: null, started_at: null }),
      run({ id: 9, name: 'again' }),
      ...filler,
    ])
    runs([run({ id: 3, name: 'last', details_url: null })], 2)
    statuses()
    const found = await createForge().pulls.checks(REPO, HEAD)
    expect(found).toHaveLength(99)
    const stateOf = (name: string) => found.find((each) => each.name === name)
    expect(stateOf('build')?.state).toBe('failed')
    expect(stateOf('again')?.state).toBe('pending')
    expect(stateOf('last')?.url).toBe('https://github.com/octocat/Hello-World/runs/5')
  })

  it('that failed say what they reported, with the first annotations', async () => {
    const output = { title: '1 failed', summary: 'See below', text: '', annotations_count: 2 }
    runs([
      run({ id: 5, conclusion: 'failure', output }),
      run({ id: 6, name: 'fine', output: { ...output, title: 'ok', summary: null } }),
    ])
    github()
      .get(`${PATH}/check-runs/5/annotations`)
      .query({ per_page: 20 })
      .reply(200, [
        { path: 'src/a.js', start_line: 3, message: 'Expected 2' },
        { path: '.github', start_line: 1, message: null },
      ])
    statuses()
    const found = await createForge().pulls.checks(REPO, HEAD)
    expect(found.map(({ text }) => text)).toEqual([
      '1 failed\n\nSee below\n\nsrc/a.js:3: Expected 2\n\n.github:1:',
      'ok',
    ])
  })

  it('ask for annotations of five at most, and cut long reports', async () => {
    const output = { title: null, summary: 'x'.repeat(5000), text: null, annotations_count: 1 }
    runs([1, 2, 3, 4, 5, 6].map((id) => run({ id, name: `job ${id}`, conclusion: 'failure', output })))
    for (const id of [1, 2, 3, 4, 5])
      github().get(`${PATH}/check-runs/${id}/annotations`).query({ per_page: 20 }).reply(404, NOT_FOUND)
    statuses()
    const found = await createForge().pulls.checks(REPO, HEAD)
    expect(found.map(({ text }) => text.length)).toEqual([4000, 4000, 4000, 4000, 4000, 4000])
  })
})
