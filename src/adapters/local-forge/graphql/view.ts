/** What all of GraphQL shares: who looks, accounts and commits. A bot's login is without the `[bot]` that REST has. */
import type { ObjectId } from '../../../core/ids.ts'
import { isDeleted, nodeId } from '../render/account.ts'
import { pageUrl } from '../render/repository.ts'
import type { Account, Principal, Repo, World } from '../world.ts'

export interface View {
  readonly world: World
  readonly principal: Principal
}

export type Viewed = Record<string, unknown>

const LETTERS = { User: 'U', Organization: 'O', Bot: 'BOT' }

/** Null for a deleted account, where REST says `ghost`. */
export function viewAccount({ world }: View, account: Account): Viewed | null {
  if (isDeleted(world, account)) return null
  const login = account.login.replace(/\[bot\]$/, '')
  return {
    __typename: account.type,
    id: nodeId(LETTERS[account.type], account.id),
    databaseId: account.id,
    login,
    name: account.name,
    url: `${world.base}/${account.type === 'Bot' ? 'apps/' : ''}${login}`,
  }
}

export function accountOf(principal: Principal): Account | undefined {
  if (principal.kind === 'user') return principal.account
  return principal.kind === 'installation' ? principal.installation.app.bot : undefined
}

export async function viewCommit(world: World, repo: Repo, id: ObjectId): Promise<Viewed> {
  const commit = await repo.git.readCommit(id)
  return {
    __typename: 'Commit',
    id: nodeId('C', id),
    oid: id,
    message: commit.message,
    url: `${pageUrl(world, repo)}/commit/${id}`,
    signature: repo.signed.has(id) ? { __typename: 'GpgSignature', isValid: true, state: 'VALID' } : null,
  }
}
