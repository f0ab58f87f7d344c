/** The risk class of a change, computed from its diff by rules: a model may raise it, and nothing lowers it. */
import type { Plan } from '../plan.ts'
import { RISKS } from '../plan.ts'
import { isTestFile } from '../paths.ts'
import { oneLine } from '../untrusted.ts'
import type { ChangedFile } from './risk-rules.ts'
import { isProse, RISK_RULES } from './risk-rules.ts'

type Risk = Plan['risk']

interface RiskLimits {
  readonly max_files: number
  readonly max_lines: number
}

interface RiskOfChange {
  readonly risk: Risk
  /** Why, most severe first; at most ten. */
  readonly because: readonly string[]
}

/** This many times what is still low is more than one person reviews in one sitting. */
const FAR_TOO_MUCH = 5
const MOST_REASONS = 10

function higherRisk(a: Risk, b: Risk): Risk {
  return RISKS.indexOf(a) >= RISKS.indexOf(b) ? a : b
}

/** Names in code, so that no path is read as Markdown; a few stand for many. */
export function namesOf(paths: readonly string[], most = 2): string {
  const sorted = [...new Set(paths)].toSorted((a, b) => (a < b ? -1 : 1))
  const shown = sorted.slice(0, most).map((path) => `\`${oneLine(path, 80).replaceAll('`', "'")}\``)
  const rest = sorted.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}

function byRules(files: readonly ChangedFile[]): { risk: Risk; text: string }[] {
  return RISK_RULES.flatMap(({ risk, because, holds }) => {
    const found = files.filter(holds).map(({ path }) => path)
    return found.length === 0 ? [] : [{ risk, text: `${namesOf(found)}: ${because}` }]
  })
}

function bySize(files: readonly ChangedFile[], limits: RiskLimits): { risk: Risk; text: string }[] {
  const lines = files.flatMap(({ hunks }) => hunks).reduce((sum, hunk) => sum + hunk.lines, 0)
  const over = Math.max(files.length / limits.max_files, lines / limits.max_lines)
  if (over <= 1) return []
  const text = `${files.length} files and ${lines} changed lines, where ${limits.max_files} and ${limits.max_lines} are low risk`
  return [{ risk: over > FAR_TOO_MUCH ? 'high' : 'medium', text }]
}

function harmless(files: readonly ChangedFile[]): string {
  const paths = files.map(({ path }) => path)
  if (paths.every(isProse)) return 'only documentation changed'
  if (paths.every((path) => isProse(path) || isTestFile(path))) return 'only tests and documentation changed'
  return 'a small change of ordinary source files'
}

/** `planned` is the plan's own word, which counts where it is worse. A diff without files is nothing anybody knows: high. */
export function riskOf(files: readonly ChangedFile[], planned: Risk, limits: RiskLimits): RiskOfChange {
  if (files.length === 0) return { risk: 'high', because: ['the change could not be read'] }
  const found = [...byRules(files), ...bySize(files, limits)]
  const ruled = found.reduce<Risk>((worst, { risk }) => higherRisk(worst, risk), 'low')
  if (RISKS.indexOf(planned) > RISKS.indexOf(ruled)) {
    found.unshift({ risk: planned, text: `the plan itself says ${planned}` })
  }
  if (found.length === 0) return { risk: 'low', because: [harmless(files)] }
  const because = found.toSorted((a, b) => RISKS.indexOf(b.risk) - RISKS.indexOf(a.risk))
  return { risk: higherRisk(ruled, planned), because: because.slice(0, MOST_REASONS).map(({ text }) => text) }
}
