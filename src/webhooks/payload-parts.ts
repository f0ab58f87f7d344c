/** The parts that GitHub's payloads share: repositories, accounts, and what they are to us. */
import { z } from 'zod'
import type { ActorRef, IssueRef, RepoRef } from '../core/ids.ts'

export const repository = z.object({
  id: z.int().positive(),
  name: z.string().min(1),
  owner: z.object({ login: z.string().min(1) }),
})
type Repository = z.infer<typeof repository>

export const account = z.object({
  id: z.int().positive(),
  login: z.string().min(1),
  type: z.string().optional(),
})
type Account = z.infer<typeof account>

/** Whoever caused the delivery, and who wrote a thing: null for a deleted account. */
export const maybeAccount = account.nullish()

/** Present or not is all that is asked of it. */
export const anything = z.unknown().optional()

export function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}

export function repoOf({ id, name, owner }: Repository): RepoRef {
  return { id, owner: owner.login, name }
}

export function issueOf(payload: { repository: Repository; issue: { number: number } }): IssueRef {
  return { repo: repoOf(payload.repository), number: payload.issue.number }
}

export function actorOf({ id, login }: Account): ActorRef {
  return { id, login }
}

export function maybeActor(account: Account | null | undefined): ActorRef | null {
  return account ? actorOf(account) : null
}

/** A person. Bots, Apps and organisations have types of their own; no type at all is no person either. */
export function isPerson(account: Account | null | undefined): account is Account {
  return account?.type === 'User'
}
