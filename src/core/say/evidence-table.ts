/** The evidence table: what the runner saw, criterion by criterion. The same in the pull request and the check run. */
import type { CriterionEvidence, Evidence } from '../evidence.ts'
import type { Criterion, Plan } from '../plan.ts'
import { cleanOutbound, oneLine } from '../untrusted.ts'
import { count } from './figures.ts'

const RED: Record<NonNullable<CriterionEvidence['red']>, string> = {
  assertion: '🔴 failed by its assertion',
  weak: '🟠 could not load: the new name was not there yet (weak)',
  passes: '⚠️ passed',
  error: '⚠️ failed, but not by an assertion',
  absent: '⚠️ did not run',
}

/** Text inside a table cell or a sentence: one line, no pipes, no block of its own, nothing live. */
export function cell(text: string, max: number): string {
  const line = oneLine(text, max).replaceAll(/[`~]{3,}/g, "'")
  return cleanOutbound(line, { repoUrl: '' }).replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Text as inline code, for test names and paths: backticks in it cannot end it, and no marker of ours survives in it. */
export function code(text: string, max = 120): string {
  const line = oneLine(text, max)
  if (line === '') return '–'
  return `\`${line.replaceAll('`', "'").replaceAll('|', '¦').replaceAll('<!--', '<! --')}\``
}

function rowFor(criterion: Criterion, found: readonly CriterionEvidence[]): string[] {
  if (criterion.proof.kind === 'inspection') {
    return [
      `| ${criterion.id} ${cell(criterion.text, 200)} | by inspection: ${cell(criterion.proof.how, 120)} | – | – |`,
    ]
  }
  if (found.length === 0) return [`| ${criterion.id} ${cell(criterion.text, 200)} | ⚠️ no test | – | – |`]
  return found.map((one, index) => {
    const subject = index === 0 ? `${criterion.id} ${cell(criterion.text, 200)}` : '″'
    const test = one.test ? `${code(one.test.name)}<br>${code(one.test.file)}` : '⚠️ no test'
    const red = one.red ? RED[one.red] : '–'
    const why = one.red_message && one.red !== 'passes' ? `<br>${code(one.red_message, 100)}` : ''
    const green = one.green
      ? `🟢 passed ${one.passed} of ${one.runs} runs`
      : `⚠️ passed ${one.passed} of ${one.runs} runs`
    return `| ${subject} | ${test} | ${red}${why} | ${green} |`
  })
}

export function evidenceTable(plan: Plan, evidence: Evidence): string {
  const rows = plan.criteria.flatMap((criterion) =>
    rowFor(
      criterion,
      evidence.criteria.filter((one) => one.criterion === criterion.id),
    ),
  )
  return ['| Criterion | Test | On base | On head |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** Nothing was run that could have failed: a page of documentation, say, in a repository that holds nothing else. */
function ranNothing({ criteria, suite, lint }: Evidence): boolean {
  return suite.granularity === 'none' && lint === 'absent' && criteria.every((one) => one.test === null)
}

/** What stands above the table, in the pull request. */
export function evidenceLead(evidence: Evidence): string {
  return ranNothing(evidence)
    ? 'There was no test to run, so no program has seen that this does what was asked for. The last two columns stay empty: please read the change.'
    : 'A runner without a model saw this, in a clean checkout with freshly installed dependencies and no network.'
}

/** The rest of the evidence as a list: old tests, hunks, lint. */
export function evidenceFacts(evidence: Evidence): string[] {
  const { suite, hunks } = evidence
  const facts: string[] = []
  if (suite.granularity === 'test') {
    facts.push(
      `Old tests: ${suite.base.passed} passed on base, and nothing that passed there fails on head (compared test by test).`,
    )
  } else if (suite.granularity === 'exit_code') {
    facts.push(
      'Old tests: the report could not be read test by test, so only the exit codes of the whole suite were compared.',
    )
  } else {
    facts.push('Old tests: there were none to compare.')
  }
  if (suite.failing_on_base.length > 0) {
    facts.push(
      `${count(suite.failing_on_base.length, 'test')} failed on base already and ${suite.failing_on_base.length === 1 ? 'is' : 'are'} not held against this change: ${list(suite.failing_on_base)}`,
    )
  }
  if (suite.flaky.length > 0) facts.push(`Flaky, on base as on head: ${list(suite.flaky)}`)
  facts.push(hunkFact(hunks))
  if (evidence.lint === 'passed') facts.push('Lint passes.')
  if (evidence.lint === 'failed_on_base_too') facts.push('Lint fails, as it does on base.')
  return facts
}

function hunkFact(hunks: Evidence['hunks']): string {
  if (hunks.total === 0) return 'No source hunk to take back.'
  const needed = hunks.tried - hunks.unproved.length
  const untried = hunks.total - hunks.tried
  const rest = untried > 0 ? ` ${count(untried, 'hunk')} not tried.` : ''
  if (hunks.unproved.length === 0) {
    return `Each source hunk was taken back alone and a test went red every time (${needed} of ${hunks.tried}).${rest}`
  }
  // A new file stands for itself: no line of it can be taken back alone.
  const places = hunks.unproved
    .map(({ file, line }) => (line === 0 ? `all of ${code(file)}` : `${code(file)} line ${line}`))
    .join(', ')
  return `**Unproved: ${count(hunks.unproved.length, 'hunk')} of ${hunks.tried}.** No test goes red without ${hunks.unproved.length === 1 ? 'it' : 'them'}: ${places}.${rest}`
}

function list(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => code(name))
    .join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}
