/** The config schema as rows: for the generated documentation page and for naming the keys that exist. */
import { z } from 'zod'
import { config } from './schema.ts'

interface ConfigRow {
  /** Dotted path, for instance `gates.plan`. */
  readonly key: string
  /** For people: `auto or human`, `whole number from 1 to 5`, `list of texts`, `section`. */
  readonly type: string
  /** As one would write it in YAML; empty for sections and for keys without a default. */
  readonly default: string
  readonly description: string
}

/** The schema below defaults, optionals and transforms, with the first default met on the way. */
function peel(schema: z.ZodType): { inner: z.ZodType; fallback: unknown } {
  let inner = schema
  let fallback: unknown
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      fallback ??= inner.def.defaultValue
      inner = inner.def.innerType as z.ZodType
    } else if (inner instanceof z.ZodOptional) {
      inner = inner.def.innerType as z.ZodType
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.def.in as z.ZodType
    } else return { inner, fallback }
  }
}

function range(schema: z.ZodNumber): string {
  const { minValue, maxValue } = schema
  if (minValue === null || maxValue === null) return ''
  // The schema has no way to ask whether a limit is exclusive but to try it.
  return schema.safeParse(minValue).success
    ? ` from ${minValue} to ${maxValue}`
    : ` above ${minValue}, at most ${maxValue}`
}

/** What may be written, in words. */
export function typeName(schema: z.ZodType): string {
  const { inner } = peel(schema)
  if (inner instanceof z.ZodObject) return 'section'
  if (inner instanceof z.ZodEnum) return inner.options.join(' or ').replaceAll(/ or (?=.* or )/g, ', ')
  if (inner instanceof z.ZodArray) return `list of ${typeName(inner.element as z.ZodType)}s`
  if (inner instanceof z.ZodBoolean) return 'true or false'
  if (inner instanceof z.ZodNumber) {
    const name = inner.format === 'safeint' ? 'whole number' : 'number'
    return `${name}${range(inner)}`
  }
  return 'text'
}

function rowsOf(schema: z.ZodObject, prefix: string): ConfigRow[] {
  return Object.entries(schema.shape).flatMap(([name, value]) => {
    const field = value as z.ZodType
    const { inner, fallback } = peel(field)
    const section = inner instanceof z.ZodObject
    const row = {
      key: `${prefix}${name}`,
      type: typeName(field),
      default: section || fallback === undefined ? '' : JSON.stringify(fallback),
      description: field.description ?? '',
    }
    return section ? [row, ...rowsOf(inner, `${prefix}${name}.`)] : [row]
  })
}

/** One row per key, sections before what they hold, in the order of the schema. */
export function describeConfig(): ConfigRow[] {
  return rowsOf(config, '')
}

/** The schema at a path; undefined where there is none. List positions lead to the element. */
export function schemaAt(path: readonly PropertyKey[]): z.ZodType | undefined {
  let current: z.ZodType | undefined = config
  for (const step of path) {
    const inner: z.ZodType | undefined = current && peel(current).inner
    if (inner instanceof z.ZodObject) current = inner.shape[String(step)] as z.ZodType | undefined
    else if (inner instanceof z.ZodArray) current = inner.element as z.ZodType
    else return undefined
  }
  return current
}

/** The keys that exist in the section at `path`. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const schema = schemaAt(path)
  const inner = schema && peel(schema).inner
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : []
}
