/** Branches, pull requests, reviews and checks at GitHub. */
import type { RepoRef } from '../../core/ids.ts'
import type { PullsForge } from '../../ports/forge.ts'
import { answerRemark } from './answer-remark.ts'
import { baseRules } from './base-rules.ts'
import { readBranch } from './branch.ts'
import { writeCommit } from './commit-writer.ts'
import { foreignChecks } from './foreign-checks.ts'
import type { GithubApi } from './github-api.ts'
import type { Identity } from './github-client.ts'
import { describePull, openDraft, pullDetail } from './pull-requests.ts'
import { remarks } from './remarks.ts'
import { reportCheck } from './report-check.ts'
import { commentOnPull } from './reviews.ts'

export function createPullsForge(api: GithubApi, identity: Identity): PullsForge {
  const context = (repo: RepoRef) => ({ api, identity, repo })
  return {
    branchHead: async (repo, branch) => (await readBranch(api, repo, branch))?.head,
    commit: (repo, request) => writeCommit(context(repo), request),
    openDraft: (repo, pull) => openDraft(context(repo), pull),
    comment: (repo, pull, review) => commentOnPull(context(repo), pull, review),
    checkRun: (repo, check) => reportCheck(context(repo), check),
    pull: (repo, number) => pullDetail(context(repo), number),
    remarks: (repo, pull) => remarks(context(repo), pull),
    answer: (repo, pull, answer) => answerRemark(context(repo), pull, answer),
    checks: (repo, head) => foreignChecks(context(repo), head),
    baseRules: (repo, branch) => baseRules(api, repo, branch),
    describe: (repo, pull, text) => describePull(context(repo), pull, text),
  }
}
