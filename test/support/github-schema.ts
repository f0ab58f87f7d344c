/** Holds what passes through the local forge against GitHub's own description of it. */
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import type { Exchange } from '../../src/adapters/local-forge/serve.ts'

type Dict = Record<string, unknown>

const FILE = new URL('../../src/adapters/local-forge/generated/openapi.json', import.meta.url)

export interface GithubSchema {
  /** Throws with the place and the reason when an exchange is not as GitHub describes it. */
  exchange(exchange: Exchange): void
  webhook(event: string, payload: unknown): void
  /** What was compared so far, as `GET /path 200`, without repetition. */
  readonly seen: ReadonlySet<string>
}

export function githubSchema(): GithubSchema {
  const description = toJsonSchema(JSON.parse(readFileSync(FILE, 'utf8')) as Dict) as Dict
  allowOutdated(description)
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema({ ...description, $id: 'github' })
  const compiled = new Map<string, ValidateFunction>()
  const seen = new Set<string>()

  /** Undefined where the description has nothing at that place. */
  const validator = (place: readonly string[]): ValidateFunction | undefined => {
    const at = resolve(description, place)
    if (!at) return undefined
    const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `github#/${pointer.split('%').join('%25')}` })
    compiled.set(pointer, known)
    return known
  }
  const check = (what: string, place: readonly string[], value: unknown) => {
    const validate = validator(place)
    if (!validate) return false
    if (validate(value)) return true
    throw new Error(`${what}: ${ajv.errorsText(validate.errors, { separator: '\n  ' }).slice(0, 3000)}`)
  }
  return {
    seen,
    exchange({ method, route, path, status, requestBody, responseBody }) {
      if (route === undefined || route === '/graphql' || responseBody === undefined) return
      const name = `${method} ${path} ${status}`
      const operation = ['paths', route, method.toLowerCase()]
      if (!resolve(description, operation)) throw new Error(`${name} is not in GitHub's description`)
      const fine = status < 300
      if (fine && requestBody !== undefined)
        check(
          `request of ${name}`,
          [...operation, 'requestBody', 'content', 'application/json', 'schema'],
          requestBody,
        )
      const response = [...operation, 'responses', String(status), 'content', 'application/json', 'schema']
      const checked = check(`response of ${name}`, response, responseBody)
      if (!checked && fine && resolve(description, [...operation, 'responses', String(status)]) === undefined)
        throw new Error(`${name}: GitHub's description has no such status`)
      // Refusals that are not listed for a route have at least the shape of all refusals.
      if (!fine) check(`response of ${name}`, ['components', 'schemas', 'basic-error'], responseBody)
      seen.add(`${method} ${route} ${status}`)
    },
    webhook(event, payload) {
      const action = (payload as Dict)['action']
      const name = [event, ...(typeof action === 'string' ? [action] : [])].join('-').replaceAll('_', '-')
      const place = ['x-webhooks', name, 'requestBody', 'content', 'application/json', 'schema']
      if (!check(`webhook ${name}`, place, payload))
        throw new Error(`GitHub's description has no webhook ${name}`)
      seen.add(`webhook ${name}`)
    },
  }
}

/** Follows references on the way; undefined where the way ends. */
function resolve(root: Dict, place: readonly string[]): string[] | undefined {
  let at: string[] = []
  let value: unknown = root
  for (const key of place) {
    if (typeof value !== 'object' || value === null || !(key in value)) return undefined
    value = (value as Dict)[key]
    at.push(key)
    const ref = (value as Dict | null)?.['$ref']
    if (typeof ref !== 'string') continue
    at = ref.replace(/^#\//, '').split('/')
    value = at.reduce<unknown>((into, part) => (into as Dict)[part], root)
  }
  return at
}

/** OpenAPI 3.0 says nullable where JSON Schema says null; the rest is the same for our purpose. */
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema)
  if (typeof value !== 'object' || value === null) return value
  const { nullable, discriminator, ...rest } = value as Dict
  // GitHub's list of installations says that an account is a person and an enterprise at once; it means either.
  if (Array.isArray(rest['allOf']) && isUserAndEnterprise(rest['allOf'])) {
    rest['anyOf'] = rest['allOf']
    delete rest['allOf']
  }
  const kept = discriminator === undefined || typeof discriminator === 'object' ? rest : value
  const converted = Object.fromEntries(Object.entries(kept).map(([key, item]) => [key, toJsonSchema(item)]))
  return nullable === true ? { anyOf: [{ type: 'null' }, converted] } : converted
}

/** An outdated review comment has neither line nor position, null both; the description of webhooks says so, REST's forgot. */
function allowOutdated(description: Dict): void {
  for (const name of ['pull-request-review-comment', 'review-comment']) {
    const place = resolve(description, ['components', 'schemas', name, 'properties'])
    const fields = place?.reduce<unknown>((into, part) => (into as Dict)[part], description) as
      Dict | undefined
    for (const field of ['line', 'position'])
      if (fields?.[field]) fields[field] = { anyOf: [{ type: 'null' }, fields[field]] }
  }
}

function isUserAndEnterprise(parts: readonly unknown[]): boolean {
  const requires = (part: unknown, name: string) => {
    const required = (part as Dict)['required']
    return Array.isArray(required) && required.includes(name)
  }
  return parts.length === 2 && requires(parts[0], 'login') && requires(parts[1], 'slug')
}
