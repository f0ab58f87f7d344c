/** Fills a role's prompt, strictly: a variable that nobody gives, or that nobody uses, is a mistake found at start. */
import { z } from 'zod'
import type { AgentSpec } from '../ports/agents.ts'

/** A variable alone on its line, with the blank lines behind it. */
const OWN_LINE = /^\{\{([a-z][a-z0-9_]*)\}\}\n+/gm
const VARIABLE = /\{\{([a-z][a-z0-9_]*)\}\}/g

function variablesOf(prompt: string): Set<string> {
  return new Set([...prompt.matchAll(VARIABLE)].map((match) => match[1] ?? ''))
}

function complain(what: string, used: ReadonlySet<string>, given: ReadonlySet<string>): void {
  const unknown = [...used].filter((name) => !given.has(name))
  const unused = [...given].filter((name) => !used.has(name))
  if (unknown.length > 0) throw new Error(`${what} uses {{${unknown.join('}}, {{')}}}, which nobody provides`)
  if (unused.length > 0) throw new Error(`${what} is given ${unused.join(', ')} but does not use it`)
}

/**
 * Throws when a prompt and its declared variables do not match, or when it holds braces that look like a variable but
 * are none (`{{ Name }}`), which would otherwise reach the model as they stand. Called for every role at start.
 */
export function checkSpec<T>(spec: AgentSpec<T>): void {
  const what = `The prompt of role "${spec.role}"`
  const stray = spec.prompt.replaceAll(VARIABLE, '').match(/\{\{[^}]*\}\}/)
  if (stray) throw new Error(`${what} holds ${stray[0]}; write {{name}} in lower case, without spaces`)
  complain(what, variablesOf(spec.prompt), new Set(spec.variables))
  schemaText(spec.output)
}

/** Braces inside a value stay text; an empty value leaves no empty paragraph. Throws unless the values are the variables. */
export function fillPrompt(prompt: string, values: Readonly<Record<string, string>>): string {
  complain('The prompt', variablesOf(prompt), new Set(Object.keys(values)))
  const paragraphs = prompt.replaceAll(OWN_LINE, (line, name: string) => (values[name] === '' ? '' : line))
  return paragraphs.replaceAll(VARIABLE, (_match, name: string) => values[name] ?? '')
}

/** As it comes out: every field is asked for, `null` where there is nothing, although one left out is forgiven. */
function schemaText(output: z.ZodType): string {
  const { $schema: _, ...schema } = z.toJSONSchema(output, { io: 'output' })
  return JSON.stringify(schema, null, 1)
}

/**
 * The role's block of the first message. The schema of its result stands here, in text, and not in the tool list or in
 * the request's output settings: either would give every role a prefix of its own and end the shared cache.
 */
export function rolePrompt<T>(spec: AgentSpec<T>, values: Readonly<Record<string, string>>): string {
  const schema = schemaText(spec.output)
  const answer = `# Your result\n\nCall \`submit\` with a \`result\` that matches this JSON Schema:\n\n\`\`\`json\n${schema}\n\`\`\`\n`
  return `${fillPrompt(spec.prompt, values).trimEnd()}\n\n${answer}`
}
