/** A pull request that adds a few files, made by a person's token: for setting a repository up, with nothing cloned. */
import type { RepoRef } from '../../core/ids.ts'
import type { GithubApi } from './github-api.ts'
import { at, nameOf } from './repository-path.ts'

export interface Proposal {
  /** Looked for first: where it is there already, its pull request is what is proposed. */
  readonly branch: string
  readonly title: string
  readonly body: string
  readonly files: readonly { readonly path: string; readonly text: string }[]
}

export interface Proposed {
  readonly url: string
  /** It was there before. */
  readonly known: boolean
}

/** Into the default branch. Throws UserError where the token may not, and where the repository is empty. */
export async function proposeFiles(api: GithubApi, repo: RepoRef, proposal: Proposal): Promise<Proposed> {
  const known = await openProposal(api, repo, proposal.branch)
  if (known !== undefined) return { url: known, known: true }
  const intent = { doing: `to write a commit to ${nameOf(repo)}`, needs: 'Contents: write' }
  const base = await api.read(repo, intent, (request) => request('GET /repos/{owner}/{repo}', at(repo)))
  const { default_branch: branch } = base.data
  const head = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at(repo), ref: `heads/${branch}` }),
  )
  const parent = head.data.object.sha
  const commit = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { ...at(repo), commit_sha: parent }),
  )
  const tree = await api.write(repo, intent, (send) =>
    send('POST /repos/{owner}/{repo}/git/trees', {
      ...at(repo),
      base_tree: commit.data.tree.sha,
      tree: proposal.files.map(({ path, text }) => ({ path, mode: '100644', type: 'blob', content: text })),
    }),
  )
  const made = await api.write(repo, intent, (send) =>
    send('POST /repos/{owner}/{repo}/git/commits', {
      ...at(repo),
      message: `${proposal.title}\n`,
      tree: tree.data.sha,
      parents: [parent],
    }),
  )
  await api.write(repo, intent, (send) =>
    send('POST /repos/{owner}/{repo}/git/refs', {
      ...at(repo),
      ref: `refs/heads/${proposal.branch}`,
      sha: made.data.sha,
    }),
  )
  const opening = { doing: `to open a pull request in ${nameOf(repo)}`, needs: 'Pull requests: write' }
  const pull = await api.write(repo, opening, (send) =>
    send('POST /repos/{owner}/{repo}/pulls', {
      ...at(repo),
      title: proposal.title,
      body: proposal.body,
      head: proposal.branch,
      base: branch,
    }),
  )
  return { url: pull.data.html_url, known: false }
}

async function openProposal(api: GithubApi, repo: RepoRef, branch: string): Promise<string | undefined> {
  const intent = { doing: `to look for pull requests in ${nameOf(repo)}`, needs: 'Pull requests: read' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/pulls', {
      ...at(repo),
      head: `${repo.owner}:${branch}`,
      state: 'open',
    }),
  )
  return data.find((each) => each.head.ref === branch)?.html_url
}
