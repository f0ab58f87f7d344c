/** The last step of the manifest flow: the code is exchanged for everything that an App must know of itself, once. */
import { notFound } from '../api-error.ts'
import { created, type Route } from '../call.ts'
import { renderApp } from '../render/account.ts'

export const manifestRoutes: Route[] = [
  {
    method: 'POST',
    path: '/app-manifests/{code}/conversions',
    handle({ world, params }) {
      const code = params['code'] ?? ''
      const found = world.conversions.get(code)
      const app = world.apps.find((known) => known.slug === found?.slug)
      if (!found || !app || Date.parse(found.expiresAt) <= Date.parse(world.clock.now())) throw notFound()
      world.conversions.delete(code)
      return created({
        ...renderApp(world, app),
        client_id: app.clientId,
        client_secret: found.clientSecret,
        webhook_secret: found.webhookSecret,
        pem: found.privateKey,
      })
    },
  },
]
