/** What people type for an issue or a repository: `owner/repo#12`, or the address of its page. */
import { UserError } from '../../core/errors.ts'

export interface RepositoryName {
  readonly owner: string
  readonly name: string
}

const OWNER = String.raw`[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})`
const NAME = String.raw`[A-Za-z0-9._-]{1,100}`
const SHORT = new RegExp(`^(${OWNER})/(${NAME})#([1-9][0-9]{0,9})$`)
const PAGE = new RegExp(`^https?://[^/]+/(${OWNER})/(${NAME})/issues/([1-9][0-9]{0,9})/?(?:[?#].*)?$`)
const REPOSITORY = new RegExp(`^(?:https?://[^/]+/)?(${OWNER})/(${NAME}?)(?:\\.git)?/?$`)

function wrong(text: string, wanted: string): UserError {
  return new UserError('config_invalid', `"${text}" is no ${wanted}.`)
}

/** Throws UserError for anything else. */
export function readIssueAddress(text: string): { repository: RepositoryName; number: number } {
  const found = SHORT.exec(text) ?? PAGE.exec(text)
  const [, owner, name, number] = found ?? []
  if (owner === undefined || name === undefined || number === undefined)
    throw wrong(text, 'issue; write it as owner/repo#12')
  return { repository: { owner, name }, number: Number(number) }
}

/** Throws UserError for anything else. */
export function readRepositoryName(text: string): RepositoryName {
  const [, owner, name] = REPOSITORY.exec(text) ?? []
  if (owner === undefined || name === undefined || name === '.' || name === '..')
    throw wrong(text, 'repository; write it as owner/repo')
  return { owner, name }
}
