/** Cuts an OpenAPI description down to some routes and webhooks, what they refer to, and no prose. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Dict = Record<string, Json>
export interface Description {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly paths: Record<string, Record<string, Json>>
  readonly 'x-webhooks': Record<string, Record<string, Json>>
  readonly components: Record<string, Record<string, Json>>
}

interface Wanted {
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  readonly webhooks: readonly string[]
}

/** Words for people; a property of this name inside `properties` is a field of an answer and stays. */
const PROSE = [
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'tags',
  'operationId',
  'title',
]

/** JSON text, one entry a line, in a fixed order, so that a newer description shows as a readable difference. */
export function openApiSubset(description: Description, { routes, webhooks }: Wanted): string {
  const paths = sorted(routes.map(({ path }) => path)).map((path): [string, Json] => {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toLowerCase())
    return [
      path,
      Object.fromEntries(sorted(methods).map((method) => [method, operation(description, path, method)])),
    ]
  })
  const hooks = sorted(webhooks).map((name): [string, Json] => {
    const found = description['x-webhooks'][name]?.['post']
    if (!found) throw new Error(`GitHub's description has no webhook ${name}`)
    return [name, { requestBody: withoutProse((found as Dict)['requestBody'] ?? null) }]
  })
  const components = referenced(description, [paths, hooks] as unknown as Json)
  return [
    '{',
    `"openapi": ${JSON.stringify(description.openapi)},`,
    `"info": {"title": "Routes of the local forge, from GitHub's description", "version": ${JSON.stringify(description.info.version)}},`,
    `"paths": {\n${lines(paths)}\n},`,
    `"x-webhooks": {\n${lines(hooks)}\n},`,
    `"components": {\n${components.map(([kind, entries]) => `${JSON.stringify(kind)}: {\n${lines(entries)}\n}`).join(',\n')}\n}`,
    '}',
    '',
  ].join('\n')
}

const sorted = (values: readonly string[]) => [...new Set(values)].sort()
const lines = (entries: readonly [string, Json][]) =>
  entries.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n')

function operation(description: Description, path: string, method: string): Json {
  const found = description.paths[path]?.[method] as Dict | undefined
  if (!found) throw new Error(`GitHub's description has no ${method} ${path}`)
  const { parameters = [], requestBody = null, responses = {} } = found
  const kept = { parameters, responses, ...(requestBody && { requestBody }) }
  return withoutProse(kept as Json)
}

function withoutProse(value: Json, names = false): Json {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item))
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).filter(
    ([key]) => names || !(PROSE.includes(key) || key.startsWith('x-')),
  )
  // Below these keys the names are fields, parameters or codes, not keywords.
  const naming = ['properties', 'responses', 'content', 'patternProperties']
  return Object.fromEntries(
    kept.map(([key, item]) => [key, withoutProse(item, !names && naming.includes(key))]),
  )
}

/** Everything that is referred to, directly or not, by kind and name. */
function referenced(description: Description, roots: Json): [string, [string, Json][]][] {
  const found = new Map<string, Json>()
  const visit = (value: Json) => {
    for (const [, kind = '', name = ''] of JSON.stringify(value).matchAll(
      /"#\/components\/(\w+)\/([^"]+)"/g,
    )) {
      const key = `${kind}/${name}`
      const component = description.components[kind]?.[name]
      if (component === undefined) throw new Error(`GitHub's description has no component ${key}`)
      if (found.has(key)) continue
      found.set(key, withoutProse(component))
      visit(found.get(key) ?? null)
    }
  }
  visit(roots)
  const kinds = sorted([...found.keys()].map((key) => key.split('/')[0] ?? ''))
  return kinds.map((kind) => [
    kind,
    sorted([...found.keys()])
      .filter((key) => key.startsWith(`${kind}/`))
      .map((key) => [key.slice(kind.length + 1), found.get(key) ?? null]),
  ])
}
