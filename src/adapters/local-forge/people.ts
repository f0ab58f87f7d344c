/** What people do on GitHub's pages, for scenario tests and the demo: same rules, same webhooks as through the API. */
import { issueDeeds, type IssueDeeds } from './deeds/issue-deeds.ts'
import { pullDeeds, type PullDeeds } from './deeds/pull-deeds.ts'
import { repositoryDeeds, type RepositoryDeeds } from './deeds/repository-deeds.ts'
import { placesOf } from './deeds/where.ts'
import type { Account, World } from './world.ts'

/** `owner/name` everywhere. Everything throws ApiError where GitHub would refuse this person, or this App's bot. */
export type Person = IssueDeeds & PullDeeds & RepositoryDeeds

export function personIn(world: World, account: Account): Person {
  const at = placesOf(world, account)
  return { ...issueDeeds(at), ...pullDeeds(at), ...repositoryDeeds(at, { world, account }) }
}
