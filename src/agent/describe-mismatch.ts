/** Says where a value misses its schema, in words a model can act on: place, what was expected, what came. */
import type { z } from 'zod'

/** Enough to mend a result with; a longer list is not read anyway. */
const MAX_LINES = 12
const MAX_SHOWN = 80

type Issue = z.core.$ZodIssue

function place(path: readonly PropertyKey[]): string {
  const text = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
  return text || '(the whole value)'
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    root,
  )
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** A union reports one list per branch; the branch that came nearest is the one worth showing. */
function flatten(issue: Issue, prefix: readonly PropertyKey[] = []): Issue[] {
  const path = [...prefix, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }]
  const nearest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? []
  return nearest.flatMap((inner) => flatten(inner, path))
}

function expected(issue: Issue): string {
  if (issue.code === 'invalid_type') return issue.expected
  if (issue.code === 'invalid_value')
    return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
  if (issue.code === 'unrecognized_keys') return `no key ${issue.keys.map((key) => `"${key}"`).join(', ')}`
  return issue.message
}

/** One line per mistake: `- criteria[0].id: expected string, got nothing`. */
export function describeMismatch(error: z.ZodError, value: unknown): string {
  const issues = error.issues.flatMap((issue) => flatten(issue))
  const lines = issues
    .slice(0, MAX_LINES)
    .map(
      (issue) =>
        `- ${place(issue.path)}: expected ${expected(issue)}, got ${shown(valueAt(value, issue.path))}`,
    )
  const rest = issues.length - lines.length
  return rest > 0 ? [...lines, `- and ${rest} more`].join('\n') : lines.join('\n')
}
