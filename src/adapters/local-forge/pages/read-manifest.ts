/** An App's manifest as GitHub reads it, refused for what GitHub refuses and in its words. */
import { readFileSync } from 'node:fs'
import { isRecord } from '../fields.ts'
import type { Level, Permissions, World } from '../world.ts'

export interface Registration {
  readonly name: string
  readonly slug: string
  readonly url: string
  readonly public: boolean
  readonly permissions: Permissions
  readonly events: readonly string[]
  readonly hookUrl: string | undefined
  readonly redirectUrl: string | undefined
  readonly setupUrl: string | undefined
}

export type ReadManifest =
  | { readonly ok: true; readonly registration: Registration }
  | { readonly ok: false; readonly problems: readonly string[] }

/** GitHub's limit for names of Apps, characters. */
const MAX_NAME = 34

/** The permission without which GitHub does not send the event; one of several is enough. */
const EVENT_NEEDS: Readonly<Record<string, readonly string[]>> = {
  check_run: ['checks'],
  check_suite: ['checks'],
  commit_comment: ['contents'],
  create: ['contents'],
  delete: ['contents'],
  fork: ['contents'],
  issue_comment: ['issues'],
  issue_dependencies: ['issues'],
  issues: ['issues'],
  label: ['metadata'],
  member: ['members', 'metadata'],
  merge_group: ['merge_queues'],
  milestone: ['issues', 'pull_requests'],
  public: ['metadata'],
  pull_request: ['pull_requests'],
  pull_request_review: ['pull_requests'],
  pull_request_review_comment: ['pull_requests'],
  pull_request_review_thread: ['pull_requests'],
  push: ['contents'],
  release: ['contents'],
  repository: ['metadata'],
  repository_dispatch: ['contents'],
  star: ['metadata'],
  status: ['statuses'],
  sub_issues: ['issues'],
  workflow_dispatch: ['contents'],
  workflow_job: ['actions'],
  workflow_run: ['actions'],
}

/** Permission names and levels are those of GitHub's own description. */
const KNOWN_PERMISSIONS = permissionsOf(
  JSON.parse(readFileSync(new URL('../generated/openapi.json', import.meta.url), 'utf8')) as unknown,
)

/** `text` is what the form field held. Every problem is listed, as GitHub lists them. */
export function readManifest(world: World, text: string): ReadManifest {
  const manifest = parsed(text)
  if (!manifest) return { ok: false, problems: ['The manifest is not a JSON object.'] }
  const { name, url, redirect_url: redirectUrl, setup_url: setupUrl } = manifest
  const hook = manifest['hook_attributes']
  const hookUrl = isRecord(hook) ? hook['url'] : undefined
  const permissions = isRecord(manifest['default_permissions']) ? manifest['default_permissions'] : {}
  const events = Array.isArray(manifest['default_events']) ? manifest['default_events'].map(String) : []
  const problems = [
    ...(isText(url) ? addressProblems('Url', url) : ['"url" wasn\'t supplied.']),
    // GitHub names the field without its parent.
    ...(hook !== undefined && !isText(hookUrl) ? ['"url" wasn\'t supplied.'] : []),
    ...(isText(hookUrl) ? hookProblems(world, hookUrl) : []),
    ...(isText(redirectUrl) ? addressProblems('Redirect url', redirectUrl) : []),
    ...(isText(setupUrl) ? addressProblems('Setup url', setupUrl) : []),
    ...nameProblems(world, isText(name) ? name : ''),
    ...permissionProblems(permissions),
    ...eventProblems(events, permissions),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const active = !isRecord(hook) || hook['active'] !== false
  return {
    ok: true,
    registration: {
      name: String(name),
      slug: slugOf(String(name)),
      url: String(url),
      public: manifest['public'] === true,
      permissions: permissions as Permissions,
      events,
      hookUrl: isText(hookUrl) && active ? hookUrl : undefined,
      redirectUrl: isText(redirectUrl) ? redirectUrl : undefined,
      setupUrl: isText(setupUrl) ? setupUrl : undefined,
    },
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')

function nameProblems(world: World, name: string): string[] {
  const slug = slugOf(name)
  if (slug === '') return ["Name can't be blank"]
  if (name.length > MAX_NAME) return [`Name is too long (maximum is ${MAX_NAME} characters)`]
  const taken = world.apps.some((app) => app.slug === slug) || world.accounts.has(slug)
  return taken ? ['Name is already taken'] : []
}

function addressProblems(field: string, address: string): string[] {
  return /^https?:$/.test(schemeOf(address)) ? [] : [`${field} must be a valid URL`]
}

const schemeOf = (address: string): string => (URL.canParse(address) ? new URL(address).protocol : '')

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0\.0\.0\.0$)|\.(local|internal|lan)$/

/** GitHub refuses whatever it cannot reach from outside. From here, this machine is all that can be reached. */
function hookProblems(world: World, address: string): string[] {
  if (!/^https?:$/.test(schemeOf(address))) return ['Hook url must be a valid URL']
  const { hostname } = new URL(address)
  if (LOOPBACK.test(hostname) && LOOPBACK.test(new URL(world.base).hostname)) return []
  if (!PRIVATE.test(hostname) && hostname.includes('.')) return []
  return [`Hook url is not supported because it isn't reachable over the public Internet (${hostname})`]
}

function permissionProblems(permissions: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(permissions)
  const unknown = names.filter((name) => !KNOWN_PERMISSIONS.has(name))
  const wrong = names.filter((name) => {
    const levels = KNOWN_PERMISSIONS.get(name)
    return levels !== undefined && !levels.includes(permissions[name] as Level)
  })
  return [
    ...unknown.map((name) => `Default permission records resource is not included in the list: ${name}`),
    ...wrong.map((name) => `Default permission records action is not included in the list: ${name}`),
  ]
}

function eventProblems(events: readonly string[], permissions: Readonly<Record<string, unknown>>): string[] {
  const unsupported = events.filter((event) => EVENT_NEEDS[event] === undefined)
  const uncovered = events.filter(
    (event) => !EVENT_NEEDS[event]?.some((name) => name === 'metadata' || name in permissions),
  )
  return [
    ...(unsupported.length > 0 ? [`Default events unsupported: ${listed(unsupported)}`] : []),
    ...(uncovered.length > 0
      ? [`Default events are not supported by permissions: ${listed(uncovered)}`]
      : []),
  ]
}

/** `a, b, and c`, as GitHub's pages list. */
function listed(names: readonly string[]): string {
  if (names.length < 3) return names.join(' and ')
  return `${names.slice(0, -1).join(', ')}, and ${names.at(-1)}`
}

function permissionsOf(description: unknown): ReadonlyMap<string, readonly string[]> {
  let at = description
  for (const key of ['components', 'schemas', 'app-permissions', 'properties'])
    at = isRecord(at) ? at[key] : undefined
  const entries = Object.entries(isRecord(at) ? at : {})
  return new Map(
    entries.map(([name, value]) => {
      const levels = isRecord(value) ? value['enum'] : undefined
      return [name, Array.isArray(levels) ? levels.map(String) : []]
    }),
  )
}
