import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { readAppManifest } from '../../src/app/app-manifest.ts'
import { EVENT_NAMES, translate } from '../../src/webhooks/translate.ts'
import { T0 } from '../support/states.ts'

const ROOT = join(import.meta.dirname, '../..')

type Level = 'read' | 'write'

/** Which permission GitHub's documentation names for a route, by its path; the first that fits. Writing needs `write`. */
const ROUTES: readonly (readonly [RegExp, string])[] = [
  // Asked with the App's own key, with no key at all, or by a person's token.
  [/^\/(app|user|users|app-manifests)(\/|$)/, 'none'],
  [/\{repo\}\/installation$/, 'none'],
  [/^\/installation\/repositories$/, 'metadata'],
  [/\{repo\}$/, 'metadata'],
  [/\/collaborators\/\{username\}\/permission$/, 'metadata'],
  [/\/rules\/branches\/\{branch\}$/, 'metadata'],
  [/\/branches\/\{branch\}\/protection$/, 'administration'],
  [/\{repo\}\/(git|contents)\/|\{repo\}\/branches$/, 'contents'],
  [/\/check-runs(\/|$)/, 'checks'],
  [/\/commits\/\{ref\}\/status$|\/statuses\/\{sha\}$/, 'statuses'],
  [/\{repo\}\/pulls(\/|$)/, 'pull_requests'],
  [/\{repo\}\/issues(\/|$)/, 'issues'],
]

/** GraphQL has no paths: the files that ask by it, and what their question needs. */
const GRAPHQL: Readonly<Record<string, readonly [string, Level]>> = {
  'labelling.ts': ['issues', 'read'],
  'last-editor.ts': ['issues', 'read'],
  'review-threads.ts': ['pull_requests', 'read'],
  'signed-commit.ts': ['contents', 'write'],
}

/** The permission without which GitHub does not send an event, from its documentation. */
const EVENTS: Readonly<Record<string, string>> = {
  check_run: 'checks',
  check_suite: 'checks',
  issue_comment: 'issues',
  issues: 'issues',
  merge_group: 'merge_queues',
  pull_request: 'pull_requests',
  pull_request_review: 'pull_requests',
  pull_request_review_comment: 'pull_requests',
  pull_request_review_thread: 'pull_requests',
  push: 'contents',
  repository: 'metadata',
  status: 'statuses',
  workflow_run: 'actions',
}

/** What GitHub's pages call the permissions; our sentences about a missing one use these names. */
const TITLES: Readonly<Record<string, string>> = {
  Administration: 'administration',
  Checks: 'checks',
  'Commit statuses': 'statuses',
  Contents: 'contents',
  Issues: 'issues',
  Metadata: 'metadata',
  'Pull requests': 'pull_requests',
}

const sources = globSync('src/{adapters/github,app}/**/*.ts', { cwd: ROOT }).map((path) => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8'),
}))

/** `METHOD /path` of every request that the sources make. */
const routes = [
  ...new Set(
    sources.flatMap(({ text }) =>
      [...text.matchAll(/['"`]((?:GET|POST|PUT|PATCH|DELETE) \/[^'"`]*)['"`]/g)].map(
        ([, route = '']) => route,
      ),
    ),
  ),
].sort()

const needOf = (route: string): readonly [string | undefined, Level] => {
  const [method, path = ''] = route.split(' ')
  const [, permission] = ROUTES.find(([pattern]) => pattern.test(path)) ?? []
  return [permission, method === 'GET' ? 'read' : 'write']
}

const questions = sources.filter(
  ({ path, text }) => path.includes('adapters/github') && /`(query|mutation) /.test(text),
)

const needs: readonly (readonly [string | undefined, Level])[] = [
  ...routes.map(needOf),
  ...questions.map(({ path }) => GRAPHQL[basename(path)] ?? ([undefined, 'read'] as const)),
]

const { permissions, events } = readAppManifest()

/** The reason behind every line of app.yml, by the name that stands in front of it. */
function reasons(): ReadonlyMap<string, string> {
  const manifest = parseDocument(readFileSync(join(ROOT, 'app.yml'), 'utf8')).contents
  if (!isMap(manifest)) throw new Error('app.yml is no map')
  const granted = manifest.get('default_permissions')
  const listed = manifest.get('default_events')
  if (!isMap(granted) || !isSeq(listed)) throw new Error('app.yml lists no permissions or no events')
  return new Map([
    ...granted.items.map(({ key, value }) => [String(key), commentOf(value)] as const),
    ...listed.items.map((item) => [isScalar(item) ? String(item.value) : '', commentOf(item)] as const),
  ])
}

const commentOf = (node: unknown): string => (isScalar(node) ? (node.comment ?? '').trim() : '')
const isLater = (name: string): boolean => /\(later: [a-z]/.test(reasons().get(name) ?? '')

describe('app.yml', () => {
  it('gives a reason for every permission and every event', () => {
    for (const name of [...Object.keys(permissions), ...events])
      expect([name, reasons().get(name)]).toEqual([name, expect.stringMatching(/^[a-z].{15,}$/)])
  })

  it('never asks for what could change CI, secrets or members', () => {
    expect(Object.keys(permissions).sort()).toEqual([
      'actions',
      'administration',
      'checks',
      'contents',
      'issues',
      'merge_queues',
      'metadata',
      'pull_requests',
      'statuses',
    ])
    expect(permissions['administration']).toBe('read')
    expect(permissions['actions']).toBe('read')
  })

  it('is read from sources that make requests at all', () => {
    expect(routes.length).toBeGreaterThan(30)
    expect(questions.length).toBeGreaterThan(0)
  })

  it.each(routes)('%s needs a permission that is known, and granted', (route) => {
    const [permission, level] = needOf(route)
    expect(permission).toBeDefined()
    if (permission === 'none') return
    expect(Object.keys(permissions)).toContain(permission)
    if (level === 'write') expect([permission, permissions[permission ?? '']]).toEqual([permission, 'write'])
  })

  it('grants what every question by GraphQL needs', () => {
    expect(questions.map(({ path }) => basename(path)).filter((name) => !GRAPHQL[name])).toEqual([])
    for (const [permission, level] of Object.values(GRAPHQL))
      expect(level === 'read' || permissions[permission] === 'write').toBe(true)
  })

  it('grants what our own sentences about a missing permission ask people for', () => {
    const asked = sources.flatMap(({ text }) =>
      [...text.matchAll(/needs: '([A-Z][a-z ]+): (read|write)'/g)].map(([, title = '', level = '']) => ({
        permission: TITLES[title] ?? title,
        level,
      })),
    )
    expect(asked.length).toBeGreaterThan(10)
    for (const { permission, level } of asked) {
      expect(Object.keys(permissions)).toContain(permission)
      expect(level === 'read' || permissions[permission] === 'write').toBe(true)
    }
  })

  it.each(Object.entries(permissions))(
    '%s: %s is needed at that level by a request or an event, or by what it says comes later',
    (permission, level) => {
      const byRequest = needs.some(([needed, at]) => needed === permission && at === level)
      const byEvent =
        level === 'read' && events.some((event) => EVENTS[event] === permission && !isLater(event))
      expect(byRequest || byEvent || isLater(permission)).toBe(true)
    },
  )

  it('grants every listed event the permission without which it is not sent', () => {
    for (const event of events) expect(Object.keys(permissions)).toContain(EVENTS[event])
  })

  it('lists exactly the events that are translated, but for those that always come', () => {
    const always = ['installation', 'installation_repositories']
    expect([...events, ...always].sort()).toEqual([...EVENT_NAMES].sort())
    for (const event of always) expect(events).not.toContain(event)
  })

  it('says of the events that mean nothing yet that they are for later', () => {
    expect(translate('merge_group', { action: 'checks_requested' }, T0)).toEqual({
      kind: 'nothing',
      why: 'merge groups are proved once merging is switched on',
    })
    expect(events.filter(isLater)).toEqual(['check_suite', 'merge_group'])
  })
})
