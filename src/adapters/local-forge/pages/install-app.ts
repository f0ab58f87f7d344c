/** The pages on which an App is installed: an account, all of its repositories or some, and back to who asked. */
import { html } from '../../../core/html.ts'
import { renderAccount, renderInstallation } from '../render/account.ts'
import { install } from '../seed.ts'
import { type Account, type AppRecord, covers, fullName, type Repo, type World } from '../world.ts'
import { notThere } from './create-app.ts'
import { answer, page, refusal } from './page.ts'
import { speaksFor, type Visitor } from './signed-in.ts'

export function appPage(app: AppRecord): Response {
  const where = `/apps/${app.slug}/installations/new`
  return answer(
    page(
      app.name,
      html`<h1>${app.name}</h1>
        <p>By ${app.owner.login}.</p>
        <p><a href="${where}">Install</a></p>`,
    ),
  )
}

/** `state` comes back with `setup_url`, as at GitHub. */
export function installPage(world: World, at: { app: AppRecord; visitor: Visitor; state: string }): Response {
  const { app, visitor, state } = at
  const accounts = installable(world, app, visitor.account)
  if (accounts.length === 0) return notThere()
  const forms = accounts.map((account) => {
    const there = installationOn(world, app, account)
    if (there)
      return html`<h2>${account.login}</h2>
        <p>Installed on ${reposOf(world, there)}.</p>`
    const boxes = world.repos
      .filter((repo) => repo.owner.id === account.id)
      .map(
        (repo) =>
          html`<label
              ><input type="checkbox" name="repository" value="${repo.name}" /> ${fullName(repo)}</label
            ><br />`,
      )
    return html` <h2>${account.login}</h2>
      <form method="post" action="/apps/${app.slug}/installations">
        <input type="hidden" name="account" value="${account.login}" />
        <input type="hidden" name="state" value="${state}" />
        <p>
          <label><input type="radio" name="target" value="all" checked /> All repositories</label><br />
          <label><input type="radio" name="target" value="selected" /> Only select repositories</label>
        </p>
        <p>${boxes}</p>
        <button>Install on ${account.login}</button>
      </form>`
  })
  const body = html`<h1>Install ${app.name}</h1>
    ${forms}`
  return answer(page(`Install ${app.name}`, body, visitor.account.login), { cookie: visitor.cookie })
}

export interface Chosen {
  readonly app: AppRecord
  readonly visitor: Visitor
  readonly account: string
  readonly all: boolean
  readonly repositories: readonly string[]
  readonly state: string
}

export function installApp(world: World, chosen: Chosen): Response {
  const { app, visitor } = chosen
  const account = installable(world, app, visitor.account).find((known) => known.login === chosen.account)
  if (!account) return notThere()
  if (installationOn(world, app, account))
    return refusal(422, 'Already installed', [`${app.name} is installed on ${account.login} already.`])
  const mine = world.repos.filter((repo) => repo.owner.id === account.id).map((repo) => repo.name)
  const wanted = chosen.repositories.filter((name) => mine.includes(name))
  if (!chosen.all && wanted.length === 0)
    return refusal(422, 'Nothing selected', ['Select at least one repository, or all of them.'])
  install(world, app, { account: account.login, ...(!chosen.all && { repositories: wanted }) })
  const made = installationOn(world, app, account)
  if (!made) throw new Error('an installation that was made is not there')
  world.notify(made, 'installation', {
    action: 'created',
    installation: renderInstallation(world, made),
    repositories: world.repos.filter((repo) => covers(made, repo)).map((repo) => simple(repo)),
    requester: null,
    sender: renderAccount(world, visitor.account),
  })
  if (app.setupUrl === undefined) {
    return answer(
      page(
        'Installed',
        html`<h1>Installed</h1>
          <p>${app.name} is installed on ${reposOf(world, made)}.</p>`,
      ),
    )
  }
  const to = new URL(app.setupUrl)
  to.searchParams.set('installation_id', String(made.id))
  to.searchParams.set('setup_action', 'install')
  if (chosen.state !== '') to.searchParams.set('state', chosen.state)
  return new Response(null, { status: 302, headers: { location: to.href } })
}

/** A private App can be installed by its owner, on the owner's own account only. */
function installable(world: World, app: AppRecord, person: Account): Account[] {
  const accounts = app.public ? [...world.accounts.values()] : [app.owner]
  return accounts.filter((account) => account.type !== 'Bot' && speaksFor(world, person, account))
}

const installationOn = (world: World, app: AppRecord, account: Account) =>
  world.installations.find((known) => known.app === app && known.account.id === account.id)

function reposOf(world: World, installation: Parameters<typeof covers>[0]): string {
  if (installation.repositories === 'all') return `all repositories of ${installation.account.login}`
  return world.repos
    .filter((repo) => covers(installation, repo))
    .map(fullName)
    .join(', ')
}

const simple = (repo: Repo) => ({
  id: repo.id,
  node_id: `R_${Buffer.from(String(repo.id)).toString('base64url')}`,
  name: repo.name,
  full_name: fullName(repo),
  private: repo.private,
})
