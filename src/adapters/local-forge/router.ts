/** Finds the route of a path. Templates are GitHub's own, so that the schema of an exchange is found by the same key. */
import type { Route } from './call.ts'

export interface Matched {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

export type Router = (method: string, path: string) => Matched | undefined

/** Parameters that may hold slashes: branch names, refs, comparisons. A file's path may also be empty. */
const GREEDY = ['ref', 'branch', 'basehead']

export function createRouter(routes: readonly Route[]): Router {
  // The longer template is the more particular one: commits/{ref}/status before commits/{ref}.
  const table = [...routes]
    .sort((a, b) => b.path.split('/').length - a.path.split('/').length)
    .map((route) => ({ route, ...compile(route.path) }))
  return (method, path) => {
    for (const { route, pattern, names } of table) {
      const match = route.method === method ? pattern.exec(path) : null
      const values = match?.slice(1).map((value: string | undefined) => decode(value ?? ''))
      if (!values || values.includes(undefined)) continue
      return { route, params: Object.fromEntries(names.map((name, at) => [name, values[at] ?? ''])) }
    }
    return undefined
  }
}

function compile(template: string): { pattern: RegExp; names: string[] } {
  const names: string[] = []
  const source = template.replace(/\/\{(\w+)\}|[.+?^$()|[\]\\]/g, (found, name: string | undefined) => {
    if (name === undefined) return `\\${found}`
    names.push(name)
    if (name === 'path') return '(?:/(.*))?'
    return GREEDY.includes(name) ? '/(.+)' : '/([^/]+)'
  })
  return { pattern: new RegExp(`^${source}$`), names }
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
