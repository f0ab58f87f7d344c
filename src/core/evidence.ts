/** Evidence: what the runner saw. No model writes any of it. */
import { z } from 'zod'
import { objectId, textHash } from './ids.ts'
import { repoPath } from './plan.ts'

/** One named test that proves one criterion. */
export const criterionTest = z.strictObject({
  criterion: z.string(),
  file: repoPath,
  name: z.string().min(1).max(300),
})
export type CriterionTest = z.infer<typeof criterionTest>

/** The criterion tests, locked: from specifying on these files are byte for byte what the runner saw fail on base. */
export const lockedTests = z.strictObject({
  tests: z.array(criterionTest).max(40),
  files: z.array(z.strictObject({ path: repoPath, sha256: textHash })).max(40),
  /** Base plus the test files, in the app's own git directory. */
  commit: objectId,
})
export type LockedTests = z.infer<typeof lockedTests>

/**
 * How a criterion test failed on base. `assertion`: the test ran and its assertion failed. `weak`: it could not load
 * because the symbol the plan introduces is not there yet. `passes`: it does not fail. `error`: it failed otherwise.
 */
export const RED_KINDS = ['assertion', 'weak', 'passes', 'error', 'absent'] as const
export type RedKind = (typeof RED_KINDS)[number]

const criterionEvidence = z.strictObject({
  criterion: z.string(),
  test: z.strictObject({ file: z.string(), name: z.string() }).nullable(),
  red: z.enum(RED_KINDS).nullable(),
  /** First line of the failure on base, cleaned; what a reader checks against the claim. */
  red_message: z.string().max(300),
  green: z.boolean(),
  /** Runs on head, and how many of them passed. */
  runs: z.int().nonnegative(),
  passed: z.int().nonnegative(),
})
export type CriterionEvidence = z.infer<typeof criterionEvidence>

/** Counts of one run of the whole suite. */
const suiteCounts = z.strictObject({
  passed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
})

/** A part of a source change that nothing went red without. */
const unprovedHunk = z.strictObject({
  file: z.string(),
  line: z.int().nonnegative(),
  lines: z.int(),
  header: z.string(),
})

export const evidence = z.strictObject({
  base: objectId,
  head: objectId,
  /** The exact tree that was proved, and the only one that may be published. */
  tree: objectId,
  criteria: z.array(criterionEvidence),
  suite: z.strictObject({
    /** `test`: compared per test. `exit_code`: the report could not be read, so only the exit codes were. */
    granularity: z.enum(['test', 'exit_code', 'none']),
    base: suiteCounts,
    head: suiteCounts,
    flaky: z.array(z.string()).max(50),
    failing_on_base: z.array(z.string()).max(50),
  }),
  hunks: z.strictObject({
    total: z.int().nonnegative(),
    tried: z.int().nonnegative(),
    unproved: z.array(unprovedHunk).max(50),
  }),
  lint: z.enum(['passed', 'failed', 'failed_on_base_too', 'absent']),
  changed_files: z.array(z.string()).max(300),
  diff_hash: textHash,
  not_checked: z.array(z.string()).max(30),
})
export type Evidence = z.infer<typeof evidence>

export const PROOF_FAILURES = [
  'locked_test_changed',
  'criterion_not_green',
  'criterion_flaky',
  'regression',
  'test_removed',
  'nothing_changed',
  'protected_path',
  'conflict_left',
  'file_too_large',
  'lint_failed',
  'setup_failed',
  'timed_out',
] as const

/** One reason why the proof does not hold. `subject` is a test or a path; `detail` is the runner's output, cleaned. */
export const proofFailure = z.strictObject({
  kind: z.enum(PROOF_FAILURES),
  subject: z.string().max(400),
  detail: z.string().max(4000),
})
export type ProofFailure = z.infer<typeof proofFailure>
