/** What a webhook file makes of a delivery: our event for the queue, or nothing. Webhooks never act. */
import type { ActorRef, IssueRef } from '../core/ids.ts'
import type { Incoming } from '../ports/incoming.ts'

/** The parts of GitHub's payloads that every issue event shares. */
export interface IssuePayload {
  readonly repository: {
    readonly id: number
    readonly name: string
    readonly owner: { readonly login: string }
  }
  readonly issue: { readonly number: number; readonly pull_request?: unknown }
  readonly sender: { readonly id: number; readonly login: string; readonly type?: string }
}

export type Translation = Incoming | undefined

export function issueOf(payload: IssuePayload): IssueRef {
  const { repository, issue } = payload
  return {
    repo: { id: repository.id, owner: repository.owner.login, name: repository.name },
    number: issue.number,
  }
}

export function actorOf(payload: IssuePayload): ActorRef {
  return { id: payload.sender.id, login: payload.sender.login }
}

/** A person, on an issue that is not a pull request. Bots and Apps start and stop nothing. */
export function isPersonOnIssue(payload: IssuePayload): boolean {
  return payload.sender.type === 'User' && payload.issue.pull_request === undefined
}
