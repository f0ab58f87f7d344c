/** Webhooks: signed as GitHub signs them, in order per App, kept so that they can be looked at and sent again. */
import { createHmac } from 'node:crypto'
import type { Delivery, FateOf } from './delivery.ts'
import { simpleInstallation } from './actions/issue-actions.ts'
import { renderOrganization } from './render/account.ts'
import { type AppRecord, type Installation, installationsOf, type Repo, type World } from './world.ts'

export interface Webhooks {
  readonly deliveries: readonly Delivery[]
  readonly emit: (repo: Repo, event: string, payload: Record<string, unknown>) => void
  readonly notify: (installation: Installation, event: string, payload: Record<string, unknown>) => void
  readonly redeliver: (delivery: Delivery) => void
  /** From now on every webhook has the fate that this says; undefined ends it. */
  readonly disturb: (fateOf: FateOf | undefined) => void
  /** Resolves when everything emitted so far was answered or failed; what is held up is waited for. */
  settled(): Promise<void>
  /** Stops sending; what waits is dropped. */
  close(): Promise<void>
}

/** GitHub gives a receiver ten seconds. Milliseconds. */
const PATIENCE = 10_000

export function createWebhooks(world: () => World): Webhooks {
  const deliveries: Delivery[] = []
  const stop = new AbortController()
  const lines = createLines(stop.signal)
  let fateOf: FateOf | undefined

  const send = (app: AppRecord, delivery: Delivery) => {
    const hook = app.hook
    if (!hook || stop.signal.aborted) return
    const fate = fateOf?.(delivery) ?? { kind: 'sent' }
    if (fate.kind === 'lost') return
    deliveries.push(delivery)
    if (fate.kind === 'failed')
      return void Object.assign(delivery, { tried: true, status: fate.status ?? 0, responseBody: 'failed' })
    const work = async () => {
      for (let time = 0; time < (fate.times ?? 1); time++) await post(delivery, hook.secret, stop.signal)
    }
    if (fate.after) lines.aside(fate.after, work)
    else lines.inOrder(app.slug, work)
  }
  return {
    deliveries,
    settled: () => lines.settled(),
    disturb: (next) => void (fateOf = next),
    emit(repo, event, payload) {
      for (const installation of installationsOf(world(), repo)) {
        if (installation.suspended || !installation.app.events.includes(event)) continue
        send(installation.app, newDelivery(world(), { installation, repo, event, payload }))
      }
    },
    notify(installation, event, payload) {
      send(installation.app, newDelivery(world(), { installation, repo: undefined, event, payload }))
    },
    redeliver(delivery) {
      const app = world().apps.find((known) => known.slug === delivery.app)
      const id = world().nextId()
      const deliveredAt = world().clock.now()
      if (app) send(app, { ...delivery, id, redelivery: true, deliveredAt, tried: false, status: 0 })
    },
    async close() {
      stop.abort(new Error('the forge was closed'))
      await lines.settled()
    },
  }
}

/** What is on its way: one after the other per App, and beside that what was held up. */
function createLines(closed: AbortSignal) {
  const queues = new Map<string, Promise<void>>()
  const held = new Set<Promise<void>>()
  const closing = new Promise<void>((done) => closed.addEventListener('abort', () => done(), { once: true }))
  return {
    inOrder(line: string, work: () => Promise<void>): void {
      queues.set(line, (queues.get(line) ?? Promise.resolve()).then(work))
    },
    aside(after: Promise<unknown>, work: () => Promise<void>): void {
      const done = Promise.race([after, closing])
        .then(work)
        .finally(() => held.delete(done))
      held.add(done)
    },
    async settled(): Promise<void> {
      for (let waiting = [...queues.values(), ...held]; ;) {
        await Promise.all(waiting)
        const now = [...queues.values(), ...held]
        if (now.every((one) => waiting.includes(one))) return
        waiting = now
      }
    },
  }
}

function newDelivery(
  world: World,
  what: {
    installation: Installation
    repo: Repo | undefined
    event: string
    payload: Record<string, unknown>
  },
): Delivery {
  const { installation, repo, event } = what
  const hex = world.random.hex(16)
  const guid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  // Taken as text now: records change, and what is delivered is how things were.
  const payload = JSON.parse(
    JSON.stringify({
      installation: simpleInstallation(installation.id),
      ...(repo?.owner.type === 'Organization' && { organization: renderOrganization(world, repo.owner) }),
      ...what.payload,
    }),
  ) as Record<string, unknown>
  return {
    id: world.nextId(),
    guid,
    event,
    action: typeof payload['action'] === 'string' ? payload['action'] : null,
    app: installation.app.slug,
    installationId: installation.id,
    repositoryId: repo?.id ?? null,
    payload,
    deliveredAt: world.clock.now(),
    redelivery: false,
    url: installation.app.hook?.url ?? '',
    requestHeaders: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/local',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-github-hook-id': String(installation.app.id),
      'x-github-hook-installation-target-id': String(installation.app.id),
      'x-github-hook-installation-target-type': 'integration',
    },
    tried: false,
    status: 0,
    responseBody: '',
    duration: 0,
  }
}

/** GitHub does not try again by itself: a receiver that was away asks for redelivery. */
async function post(delivery: Delivery, secret: string, closed: AbortSignal): Promise<void> {
  const body = JSON.stringify(delivery.payload)
  const sign = (algorithm: string) =>
    `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`
  const started = performance.now()
  try {
    const response = await fetch(delivery.url, {
      method: 'POST',
      headers: {
        ...delivery.requestHeaders,
        'x-hub-signature': sign('sha1'),
        'x-hub-signature-256': sign('sha256'),
      },
      body,
      signal: AbortSignal.any([closed, AbortSignal.timeout(PATIENCE)]),
    })
    delivery.status = response.status
    delivery.responseBody = (await response.text()).slice(0, 1000)
  } catch (error) {
    delivery.status = 0
    delivery.responseBody = error instanceof Error ? error.message : 'failed'
  }
  delivery.duration = Math.round(performance.now() - started) / 1000
  delivery.tried = true
}
