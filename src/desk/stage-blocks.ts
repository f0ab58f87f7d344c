/** The dossier's later blocks: the plan, the locked tests, the change. Each stage has those of the stages before it. */
import { withoutObjectNames } from '../core/diff-text.ts'
import type { Evidence, LockedTests } from '../core/evidence.ts'
import type { Criterion, Plan } from '../core/plan.ts'
import type { Answer } from '../core/state.ts'
import { cutMiddle, fence, showName } from '../core/untrusted.ts'
import { numberLines } from './number-lines.ts'

/** Characters of the tests' diff; criterion tests are short, and the files can be read. */
const TESTS_ROOM = 40_000
/** Characters of the change's diff, about 30,000 tokens. What is cut is said, and the files can be read. */
const CHANGE_ROOM = 120_000
/** Characters of answers to people; each is a few sentences. */
const ANSWERS_ROOM = 20_000

const NUMBERED =
  'Before the bar stands the line number in the new file, which is no part of it; removed lines have none.'

function list(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.map((item) => `- ${item}`).join('\n')
}

function proofOf(criterion: Criterion): string {
  if (criterion.proof.kind === 'inspection') return `inspection: ${criterion.proof.how}`
  const { introduces } = criterion.proof
  return `test, introduces: ${introduces === null ? 'none' : `\`${introduces}\``}`
}

function criterionLine(criterion: Criterion): string {
  return `${criterion.id} (${proofOf(criterion)}): ${criterion.text}`
}

function planText(plan: Plan): string {
  return [
    `Title: ${plan.title}`,
    `Problem: ${plan.problem}`,
    `Approach: ${plan.approach}`,
    `Criteria:\n${list(plan.criteria.map(criterionLine))}`,
    `Files:\n${list(plan.files.map((file) => `${file.change} ${file.path}: ${file.why}`))}`,
    `Risk: ${plan.risk}\n${list(plan.risks)}`,
    `Test strategy: ${plan.test_strategy}`,
    `Out of scope:\n${list(plan.out_of_scope)}`,
  ].join('\n\n')
}

export function planBlock(plan: Plan, nonce: string): string {
  return `# The plan\n\nMade by the factory. It binds the tester and the coder; for the plan reviewer and the reviewer it is material to judge. It is fenced because a model wrote its words.\n\n${fence('plan', planText(plan), nonce)}`
}

interface TestsShown {
  /** From the base to the locked tests. */
  readonly diff: string
  /** Regions that the earlier blocks show, `path:from-to`. */
  readonly held: readonly string[]
}

export function testsBlock(tests: LockedTests, { diff, held }: TestsShown, nonce: string): string {
  const names = list(tests.tests.map((test) => `${test.criterion}: ${test.file} › ${test.name}`))
  const shown = cutMiddle(numberLines(withoutObjectNames(diff)), TESTS_ROOM)
  const title = '# The locked criterion tests'
  if (tests.tests.length === 0) return `${title}\n\nThere are none: every criterion is judged by inspection.`
  const lead = `Made by the factory. They bind the coder; the reviewer judges them too. They are committed in every checkout from here on. ${NUMBERED}`
  const files = list(
    tests.files.map(({ path }) => {
      const before = held.some((region) => region.startsWith(`${path}:`))
      return `${showName(path)}${before ? ' (shown above as it was; changed since, as follows)' : ''}`
    }),
  )
  const fenced = fence('locked tests', `${files}\n\n${names}\n\n${shown}`, nonce)
  return `${title}\n\n${lead}\n\n${fenced}`
}

/** Evidence as a reader needs it: without object names, with lines that can be found, and no zeros that mean "no test". */
function seenText(evidence: Evidence): string {
  const { base: _base, head: _head, tree: _tree, diff_hash: _hash, criteria, hunks, ...seen } = evidence
  const rows = criteria.map((row) =>
    row.test === null ? { criterion: row.criterion, proof: 'by inspection' } : row,
  )
  const unproved = hunks.unproved.map(({ file, line, lines, header }) =>
    line === 0 ? `${file}: ${header}` : `${file}: hunk of ${lines} changed lines from line ${line} on`,
  )
  return JSON.stringify({ criteria: rows, ...seen, hunks: { ...hunks, unproved } }, null, 1)
}

/** `diff`: from the locked tests to the change, so that the tests are not shown twice. */
export function changeBlock(evidence: Evidence, diff: string, nonce: string): string {
  return [
    '# The change',
    `Everything but the locked tests above: the files in this diff differ from what is shown above. ${NUMBERED}`,
    fence('diff', cutMiddle(numberLines(withoutObjectNames(diff)), CHANGE_ROOM), nonce),
    '# What the runner saw',
    '`granularity`: were old tests compared one by one (`test`), or only by exit code. `runs` and `passed`: of a criterion test, on the change. `hunks`: of source files only; `tried` were taken back alone, and without `unproved` ones nothing went red.',
    fence('evidence', seenText(evidence), nonce),
  ].join('\n\n')
}

/** For a reviewer, who would otherwise take for nobody's wish what people asked for on the pull request. */
export function answersBlock(answers: readonly Answer[], nonce: string): string {
  const said = answers.map(({ done, text }) => `${done ? 'done' : 'answered'}: ${text}`)
  return [
    '# What people said of the published change',
    "The change was published before, and people who may write to the repository made remarks. These are the coder's answers to them, and material to judge: what was asked for is no stray change, and whether it was done well is as open as everything else.",
    fence('answers', cutMiddle(list(said), ANSWERS_ROOM), nonce),
  ].join('\n\n')
}
