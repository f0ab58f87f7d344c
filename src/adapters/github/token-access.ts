/** Git access with a token: made at the moment of the fetch or push, for one repository, with no more right than it takes. */
import { UserError } from '../../core/errors.ts'
import type { RepoRef } from '../../core/ids.ts'
import type { GitAccess, GitRight } from '../../ports/forge.ts'
import { nameOf } from './repository-path.ts'

export interface TokenAccessOptions {
  /** Where repositories are, without a slash at the end: `https://github.com`. */
  readonly gitUrl: string
  /** A token that may do that in the repository; asked for every time, since an installation's lives an hour. */
  readonly token: (repo: RepoRef, right: GitRight) => Promise<string>
}

export function createTokenAccess({ gitUrl, token }: TokenAccessOptions): GitAccess {
  return {
    async remote(repo, right) {
      const secret = await token(repo, right)
      if (secret === '') {
        throw new UserError(
          'forge_refused',
          `No token to ${right === 'read' ? 'fetch' : 'push to'} ${nameOf(repo)} was granted. Install the App on this repository.`,
        )
      }
      // GitHub takes any user name with a token; this one is what its documentation uses for Apps.
      const basic = Buffer.from(`x-access-token:${secret}`).toString('base64')
      const path = [repo.owner, repo.name].map(encodeURIComponent).join('/')
      return { url: `${gitUrl}/${path}.git`, authorization: `Basic ${basic}` }
    },
  }
}
