import { describe, expect, it } from '@jest/globals'
import { createRouter } from '../../../src/adapters/local-forge/router.ts'
import { allRoutes } from '../../../src/adapters/local-forge/routes/all-routes.ts'

const router = createRouter(allRoutes)
const found = (method: string, path: string) => {
  const match = router(method, path)
  return match && [match.route.path.replace('/repos/{owner}/{repo}', ''), match.params]
}
const repo = { owner: 'a', repo: 'b' }

describe('createRouter', () => {
  it('tells comments of a repository from comments of an issue', () => {
    expect(found('GET', '/repos/a/b/issues/comments/5')).toEqual([
      '/issues/comments/{comment_id}',
      { ...repo, comment_id: '5' },
    ])
    expect(found('GET', '/repos/a/b/issues/5/comments')).toEqual([
      '/issues/{issue_number}/comments',
      { ...repo, issue_number: '5' },
    ])
  })

  it('lets refs hold slashes, plain or escaped', () => {
    expect(found('GET', '/repos/a/b/git/ref/heads/x/y')).toEqual([
      '/git/ref/{ref}',
      { ...repo, ref: 'heads/x/y' },
    ])
    expect(found('GET', '/repos/a/b/commits/heads%2Fx/status')).toEqual([
      '/commits/{ref}/status',
      { ...repo, ref: 'heads/x' },
    ])
    expect(found('GET', '/repos/a/b/branches/x/protection')?.[0]).toBe('/branches/{branch}/protection')
  })

  it('takes an empty path for the root folder', () => {
    expect(found('GET', '/repos/a/b/contents')).toEqual(['/contents/{path}', { ...repo, path: '' }])
    expect(found('GET', '/repos/a/b/contents/x/y%20z')).toEqual([
      '/contents/{path}',
      { ...repo, path: 'x/y z' },
    ])
  })

  it('finds nothing for other methods, other paths and broken escapes', () => {
    expect(found('DELETE', '/repos/a/b')).toBeUndefined()
    expect(found('GET', '/repos/a/b/issues/1/comments/2/3')).toBeUndefined()
    expect(found('GET', '/repos/a/b/contents/%E0%A4%A')).toBeUndefined()
  })
})
