/** A text file of a branch or commit, for config: small, UTF-8, or a sentence that says why not. */
import { UserError } from '../../core/errors.ts'
import type { RepoRef } from '../../core/ids.ts'
import { fieldsOf } from './github-api.ts'
import type { GithubApi } from './github-api.ts'
import { at, nameOf } from './repository-path.ts'

export async function textFile(
  api: GithubApi,
  repo: RepoRef,
  { path, ref, limit }: { path: string; ref: string; limit: number },
): Promise<string | undefined> {
  const intent = {
    doing: `to read \`${path}\` of ${nameOf(repo)}`,
    needs: 'Contents: read',
    key: `file/${repo.id}/${ref}/${path}`,
  }
  const data = await api.readConditionally<unknown>(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/contents/{path}', { ...at(repo), path, ref }),
  )
  // A folder is a list; a symlink out of the repository and a submodule have other types. None of them is a text file.
  const { type, size, encoding, content } = fieldsOf(data)
  if (type !== 'file' || typeof size !== 'number') return undefined
  if (size > limit)
    throw new UserError(
      'unsupported_file',
      `\`${path}\` has ${size} bytes, and at most ${limit} are read. Make it smaller.`,
    )
  // Beyond a megabyte GitHub leaves the content out.
  if (encoding !== 'base64' || typeof content !== 'string')
    throw new UserError(
      'unsupported_file',
      `\`${path}\` is too large for GitHub's contents API. Make it smaller.`,
    )
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(content, 'base64'))
  } catch (error) {
    throw new UserError('unsupported_file', `\`${path}\` is not UTF-8 text. Save it as UTF-8.`, {
      cause: error,
    })
  }
}
