/** Findings and the verdict: what a review says, and what of it counts. */
import { z } from 'zod'

export const FINDING_CATEGORIES = [
  'correctness',
  'problem_fit',
  'architecture',
  'coupling',
  'security',
  'tests',
  'documentation',
] as const

/** One remark as the reviewer makes it. `line` counts in the file on head; null for a remark about the whole file. */
const finding = z.strictObject({
  severity: z.enum(['blocking', 'minor']),
  category: z.enum(FINDING_CATEGORIES),
  file: z.string().min(1).max(4096),
  line: z.int().positive().nullable(),
  claim: z.string().min(1).max(1000),
  why: z.string().max(2000),
})
export type Finding = z.infer<typeof finding>

export const review = z.strictObject({
  summary: z.string().min(1).max(3000),
  findings: z.array(finding).max(30),
  not_checked: z.array(z.string().max(400)).max(15),
})
export type Review = z.infer<typeof review>

/**
 * A finding after the runner had its say. `demonstrated`: it was shown, and blocks if severe. `not_demonstrated`: it
 * could not be shown, and is posted as a note. `note`: it was never more than a remark.
 */
export const judgedFinding = z.strictObject({
  ...finding.shape,
  standing: z.enum(['demonstrated', 'not_demonstrated', 'note']),
  /** The command or test that showed it and what it printed, cleaned. Empty unless demonstrated. */
  demonstration: z.string().max(3000),
})
export type JudgedFinding = z.infer<typeof judgedFinding>

export const verdict = z.strictObject({
  summary: z.string().max(3000),
  findings: z.array(judgedFinding).max(30),
  not_checked: z.array(z.string()).max(15),
})
export type Verdict = z.infer<typeof verdict>

/** The findings that send the change back: severe, and shown by the runner. */
export function blockingFindings(judged: Verdict): JudgedFinding[] {
  return judged.findings.filter((f) => f.severity === 'blocking' && f.standing === 'demonstrated')
}

/** The same remark made twice is the same key, however its explanation is worded. */
export function findingKey(subject: Finding): string {
  return `${subject.category}:${subject.file}:${subject.claim
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()}`
}
