/** What guards a branch, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import { createForge, github, guardNetwork, NO_ACCESS, NOT_FOUND, PATH, REPO } from './github-bench.ts'

guardNetwork()

const UPGRADE = {
  message: 'Upgrade to GitHub Pro or make this repository public to enable this feature.',
  documentation_url: 'https://docs.github.com/rest/branches/branch-protection#get-branch-protection',
  status: '403',
}
const NOT_PROTECTED = { ...NOT_FOUND, message: 'Branch not protected' }

const protection = (status: number, body: object): void => {
  github().get(`${PATH}/branches/release%2F1/protection`).reply(status, body)
}
const rules = (status: number, body: object): void => {
  github()
    .get(`${PATH}/rules/branches/release%2F1`)
    .query({ per_page: 100, page: 1 })
    .reply(status, body as object[])
}
const asked = (): Promise<unknown> => createForge().pulls.baseRules(REPO, 'release/1')

const PROTECTED = {
  required_status_checks: {
    strict: true,
    contexts: ['ci'],
    checks: [{ context: 'ci' }, { context: 'lint' }],
  },
  required_pull_request_reviews: { required_approving_review_count: 1 },
}
const RULES = [
  { type: 'deletion', ruleset_id: 1 },
  {
    type: 'required_status_checks',
    parameters: {
      strict_required_status_checks_policy: false,
      required_status_checks: [{ context: 'lint' }, { context: 'build', integration_id: 3 }],
    },
  },
  { type: 'pull_request', parameters: { required_approving_review_count: 2 } },
  { type: 'merge_queue', parameters: { merge_method: 'SQUASH' } },
]

describe('the rules of a base branch', () => {
  it('are those of its protection and of the rulesets together', async () => {
    protection(200, PROTECTED)
    rules(200, RULES)
    expect(await asked()).toEqual({
      upToDate: true,
      mergeQueue: true,
      requiredChecks: ['ci', 'lint', 'build'],
      approvals: 2,
    })
  })

  it('are nothing where nothing guards it', async () => {
    protection(404, NOT_PROTECTED)
    rules(200, [])
    expect(await asked()).toBeUndefined()
  })

  it('are there, if empty, where a protection asks for nothing', async () => {
    protection(200, {})
    rules(404, NOT_FOUND)
    expect(await asked()).toEqual({ upToDate: false, mergeQueue: false, requiredChecks: [], approvals: 0 })
  })

  it('are those of the rulesets where we may not see the protection', async () => {
    protection(403, NO_ACCESS)
    rules(200, [
      { type: 'required_status_checks', parameters: { strict_required_status_checks_policy: true } },
    ])
    expect(await asked()).toEqual({ upToDate: true, mergeQueue: false, requiredChecks: [], approvals: 0 })
  })

  it('are unknown where we may not look at all, as on plans without them', async () => {
    protection(403, UPGRADE)
    rules(403, UPGRADE)
    expect(await asked()).toBeUndefined()
  })

  it('wait where GitHub limits us, which is a 403 too', async () => {
    github().get(`${PATH}/branches/release%2F1/protection`).reply(403, UPGRADE, { 'retry-after': '30' })
    await expect(asked()).rejects.toMatchObject({ name: 'RetryableError', retryAfterMs: 30_000 })
  })
})
