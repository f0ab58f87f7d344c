/** What merging into a branch requires; the part of branch protection and rulesets that the forge keeps to. */
export interface Protection {
  readonly strict: boolean
  readonly contexts: readonly string[]
  readonly approvals: number
  /** Merging goes through a merge queue only. Queues exist in rulesets. */
  readonly mergeQueue?: boolean
  /** By a ruleset instead of classic branch protection: told by another route. */
  readonly ruleset?: boolean
}
