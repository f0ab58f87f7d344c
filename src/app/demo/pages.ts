/** What GitHub would show of the issue and the pull request, as text: read from the forge's records. */
import type { LocalForge } from '../../adapters/local-forge/create-local-forge.ts'
import type { Repo } from '../../adapters/local-forge/world.ts'

const RULE = '─'.repeat(78)

function post(author: string, what: string, body: string): string {
  return [RULE, `${author} ${what}`, RULE, body.trim()].join('\n')
}

/** The hidden envelope is for machines; GitHub shows nothing of it. */
function shown(body: string): string {
  return body.replaceAll(/<!--[\s\S]*?-->/g, '').trim()
}

export function issuePage(forge: LocalForge, name: string, number: number): string {
  const issue = forge.repo(name).issues.get(number)
  if (!issue) return `There is no issue #${number} in ${name}.`
  const reactions = issue.reactions.map((reaction) => reaction.content).join(' ')
  const labels = issue.labels.map((label) => `[${label.name}]`).join(' ')
  return [
    post(
      issue.author.account.login,
      `opened #${number}: ${issue.title} ${labels} ${reactions}`,
      issue.body ?? '',
    ),
    ...issue.comments.map((comment) => post(comment.author.account.login, 'commented', shown(comment.body))),
  ].join('\n\n')
}

export function pullPage(forge: LocalForge, name: string, number: number): string {
  const repo: Repo = forge.repo(name)
  const issue = repo.issues.get(number)
  if (!issue?.pull) return `There is no pull request #${number} in ${name}.`
  const kind = issue.pull.draft ? 'draft pull request' : 'pull request'
  const reviews = issue.pull.reviews.map((review) => {
    const notes = review.comments.map(
      (note) => `  ${note.path}:${note.line ?? 0}\n  ${shown(note.body).replaceAll('\n', '\n  ')}`,
    )
    return post(
      review.author.account.login,
      `reviewed (${review.state})`,
      [shown(review.body), ...notes].join('\n\n'),
    )
  })
  const checks = repo.checks.map((check) =>
    post(
      check.app.slug,
      `check run "${check.name}": ${check.conclusion ?? check.status}`,
      `${check.title ?? ''}\n\n${check.summary ?? ''}`,
    ),
  )
  return [
    post(issue.author.account.login, `opened ${kind} #${number}: ${issue.title}`, shown(issue.body ?? '')),
    ...reviews,
    ...checks,
  ].join('\n\n')
}
