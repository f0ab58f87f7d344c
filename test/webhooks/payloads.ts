/** Payloads as GitHub sends them, with as much as is read, for tests that change one thing. */
export const REPOSITORY = { id: 7, name: 'tool', owner: { login: 'acme' } }
export const REPO = { id: 7, owner: 'acme', name: 'tool' }
export const ALICE = { id: 11, login: 'alice', type: 'User' }
export const BOB = { id: 12, login: 'bob', type: 'User' }
export const APP = { id: 99, login: 'millwright[bot]', type: 'Bot' }
export const ISSUE = { repo: REPO, number: 12 }
/** `alice`, as our events name her. */
export const BY = { id: 11, login: 'alice' }

/** An issue of yesterday, labelled today. */
export const ISSUE_PART = {
  number: 12,
  title: 'Short options lose text',
  body: 'What follows the second `=` is lost.',
  user: BOB,
  created_at: '2026-11-19T09:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
}

export const LABELLED = {
  repository: REPOSITORY,
  sender: ALICE,
  issue: ISSUE_PART,
  label: { name: 'millwright' },
}

export const COMMENTED = {
  repository: REPOSITORY,
  sender: ALICE,
  issue: ISSUE_PART,
  comment: {
    id: 501,
    body: 'On Linux, with Node 20.',
    user: ALICE,
    created_at: '2026-11-20T10:00:00Z',
    updated_at: '2026-11-20T10:00:00Z',
    performed_via_github_app: null,
  },
}

export const OUR_BRANCH = 'millwright/12-short-options-ab12'

export const PULL = {
  repository: REPOSITORY,
  sender: ALICE,
  pull_request: { number: 30, head: { ref: OUR_BRANCH, repo: { id: 7 } } },
}
