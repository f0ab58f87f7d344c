import { describe, expect, it } from '@jest/globals'
import { branchName, issueOfBranch } from '../../src/core/branch-name.ts'
import { issueOfPull, pullMarker } from '../../src/core/pull-marker.ts'
import { renderPullRequest } from '../../src/core/say/pull-request.ts'
import { later, stateAt } from '../support/states.ts'

describe('the issue of a pull request', () => {
  it('is found in the text that we write', () => {
    const text = renderPullRequest(stateAt('publishing'), { repoUrl: 'https://github.com/a/b' }, later(80))
    expect(text?.body).toMatch(/\n\n<!-- millwright:pull issue=12 run=abcde12345 -->$/)
    expect(issueOfPull(text?.body ?? '')).toBe(12)
    expect(issueOfPull(`Somebody wrote on top.\r\n\r\n${text?.body}`)).toBe(12)
  })

  it.each([
    '',
    'Fixes #12',
    '<!-- millwright:pull issue=0 run=abcde12345 -->',
    '<!-- millwright:pull issue=12 run=x -->',
    '<!-- millwright:pull issue=12e9 run=abcde12345 -->',
    `${pullMarker({ issue: 3, run: 'abcde12345' })} ${pullMarker({ issue: 12, run: 'abcde12345' })}`,
  ])('is unknown for %j', (body) => {
    expect(issueOfPull(body)).toBeUndefined()
  })
})

describe('the issue of a branch', () => {
  it('is found in the names that we give', () => {
    expect(issueOfBranch(branchName({ issue: 12, title: 'Fix it', run: 'abcde12345' }))).toBe(12)
    expect(issueOfBranch(branchName({ issue: 1_234_567, title: '漢字', run: 'abcde12345' }))).toBe(1_234_567)
  })

  it.each([
    'main',
    'millwright/',
    'millwright/12',
    'millwright/0-x',
    'millwright/12-',
    'x/millwright/12-x',
    'millwright/12-x/y',
    'millwright/12-X',
  ])('is unknown for %s', (name) => {
    expect(issueOfBranch(name)).toBeUndefined()
  })
})
