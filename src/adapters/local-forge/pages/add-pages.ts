/** Puts the forge's pages before its API: creating an App from a manifest, and installing one. */
import type { Hono } from 'hono'
import type { HttpBindings } from '@hono/node-server'
import type { AppRecord, World } from '../world.ts'
import { type Asked, confirmPage, createApp, notThere } from './create-app.ts'
import { appPage, installApp, installPage } from './install-app.ts'
import { refusal } from './page.ts'
import { signedIn, type Visitor } from './signed-in.ts'

type App = Hono<{ Bindings: HttpBindings }>

const NOBODY = 'Nobody is signed in: the name behind ?as= is not a person of this forge.'

export function addPages(app: App, world: World): void {
  for (const prefix of ['', '/organizations/:organization']) {
    app.post(`${prefix}/settings/apps/new`, async ({ req }) =>
      visited(world, req.raw, async (visitor) =>
        confirmPage(world, await askedIn(req.raw, { visitor, organization: req.param('organization') })),
      ),
    )
    app.post(`${prefix}/settings/apps/manifest`, async ({ req }) =>
      visited(world, req.raw, async (visitor) => {
        const form = await req.raw.clone().formData()
        const asked = await askedIn(req.raw, { visitor, organization: req.param('organization') })
        return createApp(world, asked, textOf(form, 'name'))
      }),
    )
  }
  app.get('/apps/:slug', ({ req }) => {
    // The API has a route of the same path, for whoever asks for JSON.
    const found = appOf(world, req.param('slug'))
    return found ? appPage(found) : notThere()
  })
  app.get('/apps/:slug/installations/new', ({ req }) =>
    visited(world, req.raw, (visitor) => {
      const found = appOf(world, req.param('slug'))
      return found ? installPage(world, { app: found, visitor, state: req.query('state') ?? '' }) : notThere()
    }),
  )
  app.post('/apps/:slug/installations', ({ req }) =>
    visited(world, req.raw, async (visitor) => {
      const found = appOf(world, req.param('slug'))
      if (!found) return notThere()
      const form = await req.raw.formData()
      return installApp(world, {
        app: found,
        visitor,
        account: textOf(form, 'account'),
        all: textOf(form, 'target') !== 'selected',
        repositories: form.getAll('repository').map(String),
        state: textOf(form, 'state'),
      })
    }),
  )
}

async function visited(
  world: World,
  request: Request,
  show: (visitor: Visitor) => Promise<Response> | Response,
): Promise<Response> {
  const visitor = signedIn(world, request)
  return visitor ? show(visitor) : refusal(403, 'Not signed in', [NOBODY])
}

/** GitHub takes `state` from the address; its own page hands it on in the form. */
async function askedIn(request: Request, by: Pick<Asked, 'visitor' | 'organization'>): Promise<Asked> {
  const form = await request.formData()
  const state = new URL(request.url).searchParams.get('state') ?? textOf(form, 'state')
  return { ...by, manifest: textOf(form, 'manifest'), state: state === '' ? undefined : state }
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

const appOf = (world: World, slug: string): AppRecord | undefined =>
  world.apps.find((known) => known.slug === slug)
