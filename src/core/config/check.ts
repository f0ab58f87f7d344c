/** Checks a parsed config and says every mistake in a sentence that names the place, what was found, what is allowed. */
import type { z } from 'zod'
import { oneLine, showName } from '../untrusted.ts'
import { describeConfig, keysAt, schemaAt, typeName } from './describe.ts'
import { nearest } from './nearest.ts'
import type { Config } from './schema.ts'
import { config, DEFAULT_CONFIG } from './schema.ts'

export interface ConfigProblem {
  /** Dotted path such as `gates.plan` or `network.allow.0`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
  /** What was probably meant, to write in its place. */
  readonly suggestion?: string
  /** Counted from 1; where the text is known. */
  readonly line?: number
  readonly column?: number
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** More than this is noise on an issue; the rest shows once these are mended. */
const MAX_PROBLEMS = 20

function name(path: readonly PropertyKey[]): string {
  return path.map((part) => oneLine(showName(String(part)), 80)).join('.')
}

function found(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a section'
  return oneLine(JSON.stringify(value) ?? typeof value, 80)
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined
    current = (current as Record<PropertyKey, unknown>)[step]
  }
  return current
}

/** The nearest key of the section, else a key of that name in another one (`max_rounds` at the top, for instance). */
function meant(key: string, section: readonly PropertyKey[]): string | undefined {
  const prefix = section.length > 0 ? `${name(section)}.` : ''
  const near = nearest(key, keysAt(section))
  if (near !== undefined) return `${prefix}${near}`
  return describeConfig().find((row) => row.key.split('.').at(-1) === key)?.key
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys): ConfigProblem[] {
  const allowed = keysAt(issue.path)
  const where = issue.path.length > 0 ? `in ${name(issue.path)}` : 'here'
  return issue.keys.map((key) => {
    const suggestion = meant(key, issue.path)
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
    return {
      path: name([...issue.path, key]),
      message: `${oneLine(showName(key), 80)} is no key ${where}.${hint} Allowed: ${allowed.join(', ')}.`,
      ...(suggestion === undefined ? {} : { suggestion }),
    }
  })
}

function problemsOf(issue: z.core.$ZodIssue, value: unknown): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue)
  const path = name(issue.path)
  const place = path === '' ? 'The file' : path
  const was = valueAt(value, issue.path)
  const schema = schemaAt(issue.path)
  const allowed = schema ? typeName(schema) : 'section'
  if (issue.code === 'invalid_value') {
    const options = issue.values.map(String)
    const suggestion = typeof was === 'string' ? nearest(was, options) : undefined
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
    const message = `${place} is ${found(was)}; allowed: ${options.join(', ')}.${hint}`
    return [{ path, message, ...(suggestion === undefined ? {} : { suggestion }) }]
  }
  if (issue.code === 'custom' || issue.code === 'invalid_format') {
    const rule = issue.message.startsWith('must ') ? issue.message : `must be ${allowed}`
    return [{ path, message: `${place} is ${found(was)}; it ${rule}.` }]
  }
  if (issue.code === 'too_big' && (issue.origin === 'array' || issue.origin === 'string')) {
    const unit = issue.origin === 'array' ? 'entries' : 'characters'
    return [{ path, message: `${place} is too long; at most ${String(issue.maximum)} ${unit} are allowed.` }]
  }
  if (issue.code === 'too_small' && issue.origin === 'string') {
    return [{ path, message: `${place} is empty; write a text or leave the key out.` }]
  }
  return [{ path, message: `${place} is ${found(was)}; allowed: ${allowed}.` }]
}

/** A section of which every line is commented out parses as null; nothing was said, so the defaults hold. */
function withoutEmptySections(value: unknown, path: readonly string[] = []): unknown {
  // Keys that are no section hold no sections, and what is nested deeper than the schema is refused anyway.
  if (typeof value !== 'object' || value === null || Array.isArray(value) || keysAt(path).length === 0)
    return value
  const kept = Object.entries(value)
    .filter(([key, inner]) => inner !== null || keysAt([...path, key]).length === 0)
    .map(([key, inner]) => [key, withoutEmptySections(inner, [...path, key])] as const)
  return Object.fromEntries(kept)
}

/**
 * Checks the parsed value of a config file. An empty file (null or undefined) is the default config. Never throws;
 * at most 20 problems are listed.
 */
export function checkConfig(value: unknown): ConfigResult {
  if (value === null || value === undefined) return { ok: true, config: DEFAULT_CONFIG }
  const parsed = config.safeParse(withoutEmptySections(value))
  if (parsed.success) return { ok: true, config: parsed.data }
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, value))
  // A list where a text should be is also an empty text to the schema; one sentence for a place is enough.
  const first = problems.filter(({ path }, index) => problems.findIndex((p) => p.path === path) === index)
  return { ok: false, problems: first.slice(0, MAX_PROBLEMS) }
}
