import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request as plainRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeClock, createNodeRandom } from '../../../src/adapters/node/node-clock.ts'
import { readEnvFile } from '../../../src/app/env-file.ts'
import { type Env, readEnv } from '../../../src/app/env.ts'
import { setUp } from '../../../src/app/web/set-up/set-up.ts'
import { type Browser, openBrowser, type Visit } from '../../support/browser.ts'
import { forgeFixture, type ForgeFixture } from '../../support/forge-fixture.ts'

const AT = '2026-11-21T10:00:00.000Z'

let fixture: ForgeFixture
beforeAll(async () => {
  fixture = await forgeFixture()
})
afterAll(() => fixture.close())

interface Stage {
  readonly said: string[]
  readonly file: string
  /** The link from the terminal, and where it leads. */
  readonly link: string
  readonly origin: string
  readonly made: Promise<boolean>
}

let folder: string
let stop: AbortController
let browser: Browser
const running: Promise<unknown>[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'set-up-'))
  stop = new AbortController()
  browser = openBrowser()
})
afterEach(async () => {
  stop.abort()
  await Promise.all(running.splice(0))
  await rm(folder, { recursive: true, force: true })
})

async function begin(env: Partial<Env> = {}): Promise<Stage> {
  const said: string[] = []
  const file = join(folder, '.env')
  let invited: () => void = () => undefined
  const invitation = new Promise<void>((resolve) => (invited = resolve))
  const made = setUp({
    env: { ...readEnv({ PATH: '/usr/bin', PORT: String(await aPort()) }), ...env },
    file,
    clock: { ...createNodeClock(), now: () => AT },
    random: createNodeRandom(),
    say(text) {
      said.push(text)
      invited()
    },
    stop: stop.signal,
  })
  running.push(made.catch(() => undefined))
  await Promise.race([invitation, made])
  const link = /http:\S+/.exec(said.at(-1) ?? '')?.[0] ?? ''
  return { said, file, link, origin: new URL(link).origin, made }
}

async function aPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function enter(stage: Stage): Promise<Visit> {
  const welcome = await browser.open(stage.link)
  return browser.open(welcome.location ?? '')
}

async function submitted(visit: Visit, fields: Record<string, string> = {}): Promise<Visit> {
  const [form] = visit.forms()
  if (!form) throw new Error(`there is no form on this page: ${visit.words}`)
  const next = await browser.submit(form, fields)
  return next.location?.endsWith('/set-up') ? browser.open(next.location) : next
}

/** Form, confirmation, GitHub's page; returns GitHub's answer with the way back. */
async function untilGithub(stage: Stage, fields: Record<string, string> = {}): Promise<Visit> {
  const answers = {
    organization: 'acme',
    github: fixture.forge.url,
    address: 'http://127.0.0.1:9/',
    ...fields,
  }
  const confirm = await submitted(await enter(stage), answers)
  const page = await submitted(confirm)
  return submitted(page)
}

describe('creating the App', () => {
  it('goes from the link in the terminal over GitHub to a file that the App can start from', async () => {
    const stage = await begin()
    expect(stage.said).toEqual([
      `There is no GitHub App yet. Open this link to create one; it works once:\n\n  ${stage.link}\n\nFrom another machine, forward the port first: ssh -L ${new URL(stage.link).port}:127.0.0.1:${new URL(stage.link).port} <this machine>`,
    ])
    await writeFile(stage.file, '# mine\nMILLWRIGHT_MODEL=claude-opus-5-5')
    const form = await enter(stage)
    expect(form.status).toBe(200)
    expect(form.words).toContain('Create your GitHub App')
    expect(form.forms()[0]?.fields).toEqual({
      address: '',
      organization: '',
      github: 'https://github.com',
      apiKey: '',
    })

    const confirm = await submitted(form, {
      organization: 'acme',
      github: fixture.forge.url,
      address: 'http://127.0.0.1:9/',
      apiKey: 'sk-ant-mine',
    })
    expect(confirm.words).toContain('GitHub will ask you to confirm')
    expect(confirm.words).toContain('http://127.0.0.1:9/api/github/webhooks')
    expect(confirm.words).toContain("workflows: it can't change what runs in your CI")
    expect(confirm.text).not.toContain('sk-ant-mine')
    const [toGithub] = confirm.forms()
    expect(toGithub?.action).toMatch(`${fixture.forge.url}/organizations/acme/settings/apps/new?state=`)
    expect(toGithub?.button).toBe('Continue on GitHub')

    const github = await submitted(confirm)
    expect(github.words).toContain('Create GitHub App for acme')
    const back = await submitted(github, { name: 'Acme mill' })
    expect(back.location).toMatch(`${stage.origin}/set-up/callback?code=`)

    const done = await browser.open(back.location ?? '')
    expect(done.words).toBe(
      `Millwright 1. Where it runs 2. Create it on GitHub 3. Install it Acme mill is yours Written to ${stage.file} , which only you can read: APP_ID, PRIVATE_KEY, WEBHOOK_SECRET, MILLWRIGHT_SECRET, GITHUB_URL, ANTHROPIC_API_KEY, PORT. Choose the repositories: Install it on GitHub Put the label millwright on an issue. The terminal shows the App starting now; this page is not needed any more.`,
    )
    expect(await stage.made).toBe(true)

    const values = readEnvFile(stage.file)
    const app = fixture.forge.state.apps.find((known) => known.slug === 'acme-mill')
    expect(values).toMatchObject({
      MILLWRIGHT_MODEL: 'claude-opus-5-5',
      APP_ID: String(app?.id),
      WEBHOOK_SECRET: app?.hook?.secret,
      GITHUB_URL: fixture.forge.url,
      ANTHROPIC_API_KEY: 'sk-ant-mine',
    })
    expect(app?.hook?.url).toBe('http://127.0.0.1:9/api/github/webhooks')
    expect(values['PRIVATE_KEY']).toMatch(
      /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----$/,
    )
    expect(values['MILLWRIGHT_SECRET']).toMatch(/^[0-9a-f]{64}$/)
    expect((await stat(stage.file)).mode & 0o777).toBe(0o600)
    expect(
      (await readFile(stage.file, 'utf8')).startsWith('# mine\nMILLWRIGHT_MODEL=claude-opus-5-5\nAPP_ID='),
    ).toBe(true)
    expect(stage.said.slice(1)).toEqual([
      `The App "Acme mill" is created. Written to ${stage.file}: APP_ID, PRIVATE_KEY, WEBHOOK_SECRET, MILLWRIGHT_SECRET, GITHUB_URL, ANTHROPIC_API_KEY, PORT.`,
      `Install it: ${fixture.forge.url}/apps/acme-mill/installations/new`,
    ])
  })

  it('makes it for a person where no organization is named, and says that the key for the model is missing', async () => {
    const stage = await begin()
    const answers = { organization: '', github: fixture.forge.url, address: 'http://127.0.0.1:9' }
    const confirm = await submitted(await enter(stage), answers)
    expect(confirm.words).toContain('your own account, private: only there can it be installed')
    const back = await submitted(await submitted(confirm))
    const done = await browser.open(back.location ?? '')
    expect(done.words).toContain('Add ANTHROPIC_API_KEY to the file, then run npm start again.')
    expect(await stage.made).toBe(true)
    expect(fixture.forge.state.apps.at(-1)?.owner.login).toBe('alice')
  })

  it('keeps an App that the file named already, as a comment, and says so', async () => {
    const stage = await begin()
    await writeFile(stage.file, 'APP_ID=7\nPRIVATE_KEY="-----BEGIN\nabc\n-----END"\nOTHER=1\n')
    const back = await untilGithub(stage, { organization: 'acme' })
    const done = await browser.open(back.location ?? '')
    expect(done.words).toContain(
      'It held APP_ID, PRIVATE_KEY already: the old values are still there, as comments.',
    )
    const text = await readFile(stage.file, 'utf8')
    expect(
      text.startsWith(
        `# Replaced by set-up on ${AT}:\n# APP_ID=7\n# Replaced by set-up on ${AT}:\n# PRIVATE_KEY="-----BEGIN\n# abc\n# -----END"\nOTHER=1\nAPP_ID=`,
      ),
    ).toBe(true)
    expect(readEnvFile(stage.file)).toMatchObject({
      OTHER: '1',
      APP_ID: String(fixture.forge.state.apps.at(-1)?.id),
    })
    expect(stage.said).toContain('It held APP_ID, PRIVATE_KEY already; the old values are in it as comments.')
  })

  it('takes the next port where one is taken, and writes that down', async () => {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as AddressInfo
    const stage = await begin({ PORT: String(port) })
    const mine = new URL(stage.link).port
    expect(Number(mine)).toBeGreaterThan(port)
    expect(stage.said[0]).toContain(
      `Port ${port} is taken, so this is ${mine}, and will be for webhooks too.`,
    )
    const back = await untilGithub(stage, { organization: '' })
    await browser.open(back.location ?? '')
    await stage.made
    expect(readEnvFile(stage.file)).toMatchObject({ PORT: mine })
    await new Promise((done) => other.close(done))
  })

  it('refuses to begin where the file cannot be written', async () => {
    await rm(folder, { recursive: true })
    await expect(begin()).rejects.toThrow(
      `Set-up writes ${join(folder, '.env')}, and its folder can't be written to. Make it writable, or set MILLWRIGHT_ENV_FILE to a file elsewhere.`,
    )
  })

  it('writes down where GitHub is, and the port, which only the environment said', async () => {
    const stage = await begin({ GITHUB_URL: fixture.forge.url })
    await browser.open((await untilGithub(stage, { organization: '' })).location ?? '')
    await stage.made
    expect(readEnvFile(stage.file)).toMatchObject({
      GITHUB_URL: fixture.forge.url,
      PORT: new URL(stage.origin).port,
    })
  })

  it('ends without an App when somebody stops it', async () => {
    const stage = await begin()
    stop.abort()
    expect(await stage.made).toBe(false)
  })
})

describe('the one-time link', () => {
  it('sets a cookie that only this page gets, and works once', async () => {
    const stage = await begin()
    const first = await browser.open(stage.link)
    expect(first.status).toBe(303)
    expect(first.headers.get('set-cookie')).toMatch(
      /^millwright_set_up=[0-9a-f]{48}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(new URL(first.location ?? '').search).toBe('')
    const other = await openBrowser().open(stage.link)
    expect(other.status).toBe(403)
    expect(other.words).toBe(
      'Millwright Not this way This link was used already, and works once. Stop npm start and start it again for a new one.',
    )
    // Who came in stays in, also by the old link.
    expect((await browser.open(stage.link)).status).toBe(200)
  })

  it('lets nobody in without it, with a wrong one, or with a cookie that was guessed', async () => {
    const { origin } = await begin()
    const none = await browser.open(origin)
    expect([none.status, none.words]).toEqual([
      403,
      'Millwright Not this way Open the link that npm start printed in the terminal.',
    ])
    const wrong = await browser.open(`${origin}/?token=${'0'.repeat(48)}`)
    expect([wrong.status, wrong.words]).toEqual([
      403,
      'Millwright Not this way This token is not the one that npm start printed in the terminal.',
    ])
    const guessed = await browser.open(`${origin}/set-up/callback?code=x`, {
      headers: { cookie: 'millwright_set_up=' },
    })
    expect(guessed.status).toBe(403)
  })

  it('is not used up by who only looks ahead', async () => {
    const stage = await begin()
    expect((await browser.open(stage.link, { method: 'HEAD' })).status).toBe(403)
    expect((await browser.open(stage.link)).status).toBe(303)
  })

  it('is refused under any name but that of this machine', async () => {
    const stage = await begin()
    const { port, pathname, search } = new URL(stage.link)
    const text = await new Promise<string>((resolve) => {
      const headers = { host: `evil.example.com:${port}` }
      plainRequest({ host: '127.0.0.1', port, path: pathname + search, headers }, (response) => {
        let body = ''
        response.on('data', (part: Buffer) => (body += part.toString()))
        response.on('end', () => resolve(`${response.statusCode} ${body}`))
      }).end()
    })
    expect(text).toMatch(/^403 /)
    expect(text).toContain('The set-up page answers only as 127.0.0.1 or localhost.')
    expect((await browser.open(stage.link)).status).toBe(303)
  })

  it('leads to pages that run nothing, fetch nothing, and go into no frame and no cache', async () => {
    const { headers } = await enter(await begin())
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})

describe('the form', () => {
  it.each([
    ['nothing', {}, ['GitHub needs an address to send webhooks to.']],
    [
      'what is no address, name or key',
      { organization: 'a/b', github: 'github', address: 'mill', apiKey: 'sk ant' },
      [
        'This is not an address. It begins with https://.',
        'This is no name of an organization: letters, digits and hyphens, as in its address.',
        'This is not an address. It begins with https://.',
        'A key has no spaces in it.',
      ],
    ],
    [
      'an address of this machine for github.com',
      { address: 'http://localhost:3000' },
      ["GitHub can't reach localhost from outside. A tunnel gives this machine a public address."],
    ],
    [
      'an address of a private network for github.com',
      { address: 'https://192.168.1.7' },
      ["GitHub can't reach 192.168.1.7 from outside. A tunnel gives this machine a public address."],
    ],
    [
      'webhooks in clear text over the internet',
      { address: 'http://mill.example.com' },
      ['Webhooks carry the text of your issues: use https://.'],
    ],
  ])(
    'says what is wrong with %s, and keeps the answers',
    async (_what, answers: Record<string, string>, mistakes) => {
      const again = await submitted(await enter(await begin()), answers)
      expect(again.status).toBe(422)
      const said = [...again.text.matchAll(/<p class="mistake"[^>]*>([\s\S]*?)<\/p>/g)].map(([, text]) =>
        (text ?? '').replaceAll('&#39;', "'").trim(),
      )
      expect(said).toEqual(mistakes)
      for (const [name, value] of Object.entries(answers))
        expect(again.forms()[0]?.fields[name]).toBe(name === 'apiKey' ? '' : value)
    },
  )

  it('still knows the answers for who comes back to it, and the key without showing it', async () => {
    const stage = await begin()
    const answers = { organization: 'acme', github: fixture.forge.url, address: 'http://127.0.0.1:9' }
    await submitted(await enter(stage), { ...answers, apiKey: 'sk-ant-mine' })
    const form = await browser.open(stage.origin)
    expect(form.forms()[0]?.fields).toEqual({ ...answers, apiKey: '' })
    expect(form.words).toContain('There is one already; leave this empty to keep it.')
    const back = await submitted(await submitted(await submitted(form)))
    await browser.open(back.location ?? '')
    expect(readEnvFile(stage.file)).toMatchObject({ ANTHROPIC_API_KEY: 'sk-ant-mine' })
  })

  it('gives the App another name when it is answered again, since the first may be taken', async () => {
    const stage = await begin()
    const answers = {
      organization: 'a-very-long-name-of-a-company',
      github: fixture.forge.url,
      address: 'http://127.0.0.1:9',
    }
    const names = [
      await submitted(await enter(stage), answers),
      await submitted(await browser.open(stage.origin)),
    ].map((confirm) => (JSON.parse(confirm.forms()[0]?.fields['manifest'] ?? '') as { name: string }).name)
    expect(names).toEqual([
      'millwright a-very-long-name-of-a-c',
      expect.stringMatching(/^millwright a-very-long-name [0-9a-f]{6}$/),
    ])
    const again = await browser.open(`${stage.origin}/set-up`)
    expect(again.words).toContain(
      `Name ${names[1]}: you can change it there. Is it taken? Go back, continue again, and it gets another`,
    )
  })

  it('is where the confirmation leads as long as nothing was answered', async () => {
    const stage = await begin()
    await enter(stage)
    const early = await browser.open(`${stage.origin}/set-up`)
    expect([early.status, early.location]).toEqual([303, `${stage.origin}/`])
  })

  it('takes what people type into it as text', async () => {
    const again = await submitted(await enter(await begin()), { organization: '"><script>alert(1)</script>' })
    expect(again.text).not.toContain('<script>')
    expect(again.forms()[0]?.fields['organization']).toBe('"><script>alert(1)</script>')
  })

  it('leaves an internal address alone for an Enterprise Server, and keeps a path of its own', async () => {
    const answers = {
      github: 'https://github.corp.example/',
      address: 'http://mill.corp/x/api/github/webhooks',
    }
    const confirm = await submitted(await enter(await begin()), answers)
    expect(confirm.forms()[0]?.action).toMatch('https://github.corp.example/settings/apps/new?state=')
    expect(confirm.words).toContain('Webhooks http://mill.corp/x/api/github/webhooks')
  })
})

describe('coming back from GitHub', () => {
  it('is refused with the state of somebody else, and nothing is taken from it', async () => {
    const stage = await begin()
    const back = await untilGithub(stage, { organization: '' })
    const forged = new URL(back.location ?? '')
    forged.searchParams.set('state', 'other')
    const refused = await browser.open(forged.href)
    expect([refused.status, refused.words]).toEqual([
      403,
      'Millwright Not ours GitHub came back with an answer to another question, so nothing was taken from it. To the first step',
    ])
    expect(readEnvFile(stage.file)).toEqual({})
    expect((await browser.open(back.location ?? '')).status).toBe(200)
  })

  it('too late, says what to do', async () => {
    const stage = await begin()
    const back = await untilGithub(stage, { organization: '' })
    fixture.advance(3_600_000)
    const late = await browser.open(back.location ?? '')
    fixture.advance(-3_600_000)
    expect([late.status, late.words]).toEqual([
      410,
      'Millwright Too late GitHub does not know this code any more: it holds for an hour, and once. If an App was created, delete it on its settings page, and begin again. To the first step',
    ])
  })

  it('while GitHub stumbles, offers to try again, which then works', async () => {
    const stage = await begin()
    const back = await untilGithub(stage, { organization: '' })
    fixture.forge.fault({ path: '/app-manifests/{code}/conversions', status: 502, times: 1 })
    const away = await browser.open(back.location ?? '')
    expect([away.status, away.words]).toEqual([
      502,
      'Millwright GitHub did not answer The App is created, but GitHub did not hand over its key (status 502). Try again; it keeps it for an hour. Try again',
    ])
    const link = /class="button" href="([^"]+)"/.exec(away.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect((await browser.open(stage.origin + link)).words).toContain('is yours')
    expect(await stage.made).toBe(true)
  })

  it('keeps the key while the file cannot be written, for GitHub gives it only once', async () => {
    const stage = await begin()
    const back = await untilGithub(stage, { organization: '' })
    await rm(folder, { recursive: true })
    const failed = await browser.open(back.location ?? '')
    expect(failed.status).toBe(500)
    expect(failed.words).toContain(`The App is created, but ${stage.file} can't be written:`)
    await mkdir(folder)
    expect((await browser.open(back.location ?? '')).words).toContain('is yours')
    expect(readEnvFile(stage.file)['APP_ID']).toMatch(/^\d+$/)
  })
})
