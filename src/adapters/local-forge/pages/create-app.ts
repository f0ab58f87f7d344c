/** GitHub's manifest flow: the page that names what an App may do, the click that makes it, and the code that it gives. */
import { html } from '../../../core/html.ts'
import { seedApp } from '../seed.ts'
import type { Account, World } from '../world.ts'
import { answer, page, refusal } from './page.ts'
import { readManifest, type Registration } from './read-manifest.ts'
import { speaksFor, type Visitor } from './signed-in.ts'

/** GitHub's: the three steps must be done within an hour. Milliseconds. */
const CODE_LIFE = 60 * 60 * 1000

export interface Asked {
  readonly visitor: Visitor
  /** Login in the path; the visitor's own account without one. */
  readonly organization: string | undefined
  readonly manifest: string
  readonly state: string | undefined
}

/** The first step: what the manifest asks for, and a button. */
export function confirmPage(world: World, asked: Asked): Response {
  const checked = check(world, asked)
  if (checked instanceof Response) return checked
  const { owner, registration } = checked
  const { permissions, events, hookUrl } = registration
  const rights = Object.entries(permissions).map(
    ([name, level]) => html`<li>${level} access to <code>${name}</code></li>`,
  )
  const action = asked.organization === undefined ? '' : `/organizations/${owner.login}`
  const body = html` <h1>Create GitHub App for ${owner.login}</h1>
    <form method="post" action="${action}/settings/apps/manifest">
      <p>
        <label>GitHub App name <input type="text" name="name" value="${registration.name}" /></label>
      </p>
      <p>It will have:</p>
      <ul>
        ${rights}
      </ul>
      <p>
        It will be told of:
        ${events.join(', ') || 'nothing'}${hookUrl === undefined ? undefined : html`, at <code>${hookUrl}</code>`}.
      </p>
      <input type="hidden" name="manifest" value="${asked.manifest}" />
      ${asked.state === undefined ? undefined : html`<input type="hidden" name="state" value="${asked.state}" />`}
      <button>Create GitHub App for ${owner.login}</button>
    </form>`
  const { account, cookie } = asked.visitor
  return answer(page('Create GitHub App', body, account.login), { cookie })
}

/** The second step: the App is made, and its maker's page is told the code. */
export function createApp(world: World, asked: Asked, name: string): Response {
  const checked = check(world, { ...asked, manifest: renamed(asked.manifest, name) })
  if (checked instanceof Response) return checked
  const { owner, registration } = checked
  const code = newApp(world, owner, registration)
  const back = registration.redirectUrl
  if (back === undefined) {
    return answer(
      page(
        'GitHub App',
        html`<h1>${registration.name}</h1>
          <p>Code: <code>${code}</code></p>`,
      ),
    )
  }
  const to = new URL(back)
  to.searchParams.set('code', code)
  if (asked.state !== undefined) to.searchParams.set('state', asked.state)
  return new Response(null, { status: 302, headers: { location: to.href } })
}

function check(world: World, asked: Asked): Response | { owner: Account; registration: Registration } {
  const { organization, visitor, manifest } = asked
  const owner = organization === undefined ? visitor.account : world.accounts.get(organization.toLowerCase())
  if (!owner || (organization !== undefined && owner.type !== 'Organization')) return notThere()
  // Who may not do it is told that there is nothing.
  if (!speaksFor(world, visitor.account, owner)) return notThere()
  const read = readManifest(world, manifest)
  if (read.ok) return { owner, registration: read.registration }
  return refusal(422, 'Invalid GitHub App configuration', [
    'The configuration does not appear to be a valid GitHub App manifest.',
    ...read.problems.map((problem) => `Error: ${problem}`),
  ])
}

export const notThere = (): Response => refusal(404, 'Page not found', ['There is no such page here.'])

/** The name can be changed on the page, as at GitHub; nothing else can. */
function renamed(manifest: string, name: string): string {
  try {
    return JSON.stringify({ ...(JSON.parse(manifest) as object), name })
  } catch {
    return manifest
  }
}

function newApp(world: World, owner: Account, registration: Registration): string {
  const { slug, name, hookUrl, permissions, events, setupUrl } = registration
  const webhookSecret = hookUrl === undefined ? null : world.random.hex(20)
  const made = seedApp(world, {
    slug,
    name,
    owner: owner.login,
    permissions,
    events,
    ...(hookUrl !== undefined &&
      webhookSecret !== null && { webhook: { url: hookUrl, secret: webhookSecret } }),
    ...(setupUrl !== undefined && { setupUrl }),
    public: registration.public,
    installations: [],
  })
  const code = world.random.hex(20)
  const expiresAt = new Date(Date.parse(world.clock.now()) + CODE_LIFE).toISOString()
  world.conversions.set(code, {
    slug,
    privateKey: made.privateKey,
    clientSecret: world.random.hex(20),
    webhookSecret,
    expiresAt,
  })
  return code
}
