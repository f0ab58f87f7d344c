/** `app.yml` as data: what the App asks GitHub for, and what the local forge grants it. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

const manifest = z.looseObject({
  url: z.url(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string()),
})

export interface AppManifest {
  /** The App's home page. */
  readonly home: string
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>
  readonly events: readonly string[]
}

export function readAppManifest(): AppManifest {
  const text = readFileSync(new URL('../../app.yml', import.meta.url), 'utf8')
  const { url: home, default_permissions: permissions, default_events: events } = manifest.parse(parse(text))
  return { home, permissions, events }
}
