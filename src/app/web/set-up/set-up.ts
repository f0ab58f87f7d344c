/** Serves the set-up page until there is an App: form, GitHub and back, `.env`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, Random } from '../../../ports/clock.ts'
import { UserError } from '../../../core/errors.ts'
import type { Html } from '../../../core/html.ts'
import { changeEnvFile, readEnvFile } from '../../env-file.ts'
import type { Env } from '../../env.ts'
import { GITHUB } from '../../forge-urls.ts'
import { freePort } from '../check-machine.ts'
import { DEFAULT_HOST, DEFAULT_PORT } from '../settings.ts'
import { type Answers, type Choice, readAnswers } from './form.ts'
import { createGate } from './gate.ts'
import { CALLBACK, convert, type Manifest, manifestFor, newAppUrl, type NewApp } from './manifest.ts'
import { confirmPage, donePage, formPage, sentencePage } from './pages.ts'
import { readForm } from './read-form.ts'

export interface SetUpOptions {
  readonly env: Env
  /** The `.env` file to write. */
  readonly file: string
  readonly random: Random
  readonly clock: Clock
  readonly say: (text: string) => void
  readonly stop: AbortSignal
}

/** What lasts while the page is open. */
interface Session {
  readonly options: SetUpOptions
  readonly port: number
  readonly state: string
  choice: Choice | undefined
  /** As they were typed, for who comes back to the form; the key is never shown again. */
  answers: Answers | undefined
  manifest: Manifest | undefined
  /** Kept until it is written: GitHub gives it only once. */
  app: NewApp | undefined
}

interface Page {
  readonly status: number
  readonly content: Html | undefined
  /** Where the browser goes instead. */
  readonly to?: string
  /** True when nothing is left to do. */
  readonly last?: boolean
}

/** Resolves when an App was created and written down, true, or somebody gave up, false. */
export async function setUp(options: SetUpOptions): Promise<boolean> {
  const { env, say, random, stop, file } = options
  await mustBeWritable(file)
  const host = env.HOST ?? DEFAULT_HOST
  const wanted = Number(env.PORT ?? DEFAULT_PORT)
  const port = await freePort(host, wanted)
  if (port === undefined)
    throw new UserError('config_invalid', `No port from ${wanted} on is free; set PORT to one that is.`)
  const gate = createGate(random)
  const session: Session = {
    options,
    port,
    state: random.hex(24),
    choice: undefined,
    answers: undefined,
    manifest: undefined,
    app: undefined,
  }
  let finish: (made: boolean) => void = () => undefined
  const finished = new Promise<boolean>((resolve) => (finish = resolve))
  const server = createServer((request, response) => {
    if (answeredHealth(request, response)) return
    const passage = gate.passage(request)
    if (passage.kind === 'welcome') {
      response.writeHead(303, { location: '/', 'set-cookie': passage.cookie }).end()
      return
    }
    const answered =
      passage.kind === 'refused'
        ? Promise.resolve({ status: 403, content: sentencePage('Not this way', passage.sentence) })
        : pageFor(session, request)
    answered
      .catch((error: unknown) => failed(session, error))
      .then((page: Page) => {
        send(response, page)
        if (page.last) response.once('close', () => finish(true))
      })
      .catch(() => response.destroy())
  })
  await listen(server, port, host)
  stop.addEventListener('abort', () => finish(false), { once: true })
  say(invitation(port, wanted, gate.token))
  const made = await finished
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return made
}

/** Whoever looks after processes is no visitor: this one lives, and takes nothing in yet. */
function answeredHealth({ method, url }: IncomingMessage, response: ServerResponse): boolean {
  if (method !== 'GET' || (url !== '/health' && url !== '/ready')) return false
  const [status, text] = url === '/health' ? [200, 'ok'] : [503, 'There is no GitHub App yet.']
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
  return true
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

function invitation(port: number, wanted: number, token: string): string {
  const moved =
    port === wanted ? '' : `Port ${wanted} is taken, so this is ${port}, and will be for webhooks too.\n\n`
  return `${moved}There is no GitHub App yet. Open this link to create one; it works once:\n\n  http://127.0.0.1:${port}/?token=${token}\n\nFrom another machine, forward the port first: ssh -L ${port}:127.0.0.1:${port} <this machine>`
}

/** Before anybody is sent to GitHub: what comes back is given once. */
async function mustBeWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK)
  } catch (error) {
    throw new UserError(
      'config_invalid',
      `Set-up writes ${file}, and its folder can't be written to. Make it writable, or set MILLWRIGHT_ENV_FILE to a file elsewhere.`,
      { cause: error },
    )
  }
}

async function pageFor(session: Session, request: IncomingMessage): Promise<Page> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (request.method === 'GET' && url.pathname === '/') return { status: 200, content: emptyForm(session) }
  if (request.method === 'POST' && url.pathname === CONFIRM) return answered(session, request)
  if (request.method === 'GET' && url.pathname === CONFIRM) return toConfirm(session)
  if (request.method === 'GET' && url.pathname === CALLBACK) return cameBack(session, url.searchParams)
  return { status: 404, content: sentencePage('Nothing here', 'There is no such page.', AGAIN) }
}

/** The form is sent there, and what GitHub will be asked is shown there. */
const CONFIRM = '/set-up'
const AGAIN = { to: '/', text: 'To the first step' }

function emptyForm(session: Session): Html {
  const { options, port, answers } = session
  const none = { organization: '', github: options.env.GITHUB_URL ?? GITHUB, address: '', apiKey: '' }
  return formPage({
    answers: answers ?? none,
    mistakes: {},
    local: localUrl(port),
    hasApiKey: hasApiKey(session),
  })
}

const hasApiKey = ({ options, choice }: Session): boolean =>
  (choice?.apiKey ?? options.env.ANTHROPIC_API_KEY) !== undefined

const localUrl = (port: number): string => `http://127.0.0.1:${port}`

async function answered(session: Session, request: IncomingMessage): Promise<Page> {
  const { options, port } = session
  const form = await readForm(request)
  const text = (name: keyof Answers): string => (form?.get(name) ?? '').trim()
  const answers: Answers = {
    organization: text('organization'),
    github: text('github'),
    address: text('address'),
    apiKey: text('apiKey'),
  }
  const read = readAnswers(answers)
  if (!read.ok) {
    const parts = { answers, mistakes: read.mistakes, local: localUrl(port), hasApiKey: hasApiKey(session) }
    return { status: 422, content: formPage(parts) }
  }
  session.choice = { ...read.choice, apiKey: read.choice.apiKey ?? session.choice?.apiKey }
  session.answers = answers
  // Whoever answers again may have been told that the name is taken.
  const suffix = session.manifest && options.random.hex(3)
  const origin = `http://${request.headers.host}`
  session.manifest = manifestFor(session.choice, { origin, suffix: suffix ?? firstSuffix(session) })
  // A page of its own, so that the browser's way back from GitHub needs no form sent again.
  return { status: 303, content: undefined, to: CONFIRM }
}

/** An organization's name is enough at first; a person's is not known here. */
function firstSuffix({ choice, options }: Session): string {
  return choice?.organization === undefined ? options.random.hex(3) : ''
}

function toConfirm({ choice, manifest, state }: Session): Page {
  if (!choice || !manifest) return { status: 303, content: undefined, to: '/' }
  return { status: 200, content: confirmPage(choice, { action: newAppUrl(choice, state), manifest }) }
}

async function cameBack(session: Session, query: URLSearchParams): Promise<Page> {
  const { choice } = session
  if (!choice || query.get('state') !== session.state) {
    const sentence = 'GitHub came back with an answer to another question, so nothing was taken from it.'
    return { status: 403, content: sentencePage('Not ours', sentence, AGAIN) }
  }
  if (!session.app) {
    const converted = await convert(choice, query.get('code') ?? '')
    if (converted.kind === 'void') {
      const sentence =
        'GitHub does not know this code any more: it holds for an hour, and once. If an App was created, delete it on its settings page, and begin again.'
      return { status: 410, content: sentencePage('Too late', sentence, AGAIN) }
    }
    if (converted.kind === 'away') {
      const sentence = `The App is created, but GitHub did not hand over its key (${converted.reason}). Try again; it keeps it for an hour.`
      const link = { to: `${CALLBACK}?${query.toString()}`, text: 'Try again' }
      return { status: 502, content: sentencePage('GitHub did not answer', sentence, link) }
    }
    session.app = converted.app
  }
  return writeDown(session, choice, session.app)
}

async function writeDown({ options, port }: Session, choice: Choice, app: NewApp): Promise<Page> {
  const { env, file, random, clock, say } = options
  // What only this terminal's environment says would be forgotten by the next start.
  const kept = readEnvFile(file)
  const values = {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: app.webhookSecret,
    ...(env.MILLWRIGHT_SECRET === undefined && { MILLWRIGHT_SECRET: random.hex(32) }),
    ...(choice.urls.webUrl !== (kept['GITHUB_URL'] || GITHUB) && { GITHUB_URL: choice.urls.webUrl }),
    ...(choice.apiKey !== undefined && { ANTHROPIC_API_KEY: choice.apiKey }),
    ...(port !== Number(kept['PORT'] || DEFAULT_PORT) && { PORT: String(port) }),
  }
  const replaced = await changeEnvFile(file, values, clock.now())
  const written = Object.keys(values)
  const hasKey = (choice.apiKey ?? env.ANTHROPIC_API_KEY) !== undefined
  say(`The App "${app.name}" is created. Written to ${file}: ${written.join(', ')}.`)
  if (replaced.length > 0)
    say(`It held ${replaced.join(', ')} already; the old values are in it as comments.`)
  say(`Install it: ${app.page}/installations/new`)
  return { status: 200, content: donePage({ app, file, written, replaced, hasApiKey: hasKey }), last: true }
}

/** Only the file can fail here in an ordinary way, and then nothing is lost. */
function failed({ app, options }: Session, error: unknown): Page {
  const reason = error instanceof Error ? error.message : String(error)
  const sentence =
    app === undefined
      ? `Something went wrong: ${reason}`
      : `The App is created, but ${options.file} can't be written: ${reason}. Mend that and load this page again; the key is kept until then.`
  return { status: 500, content: sentencePage('That did not work', sentence) }
}

function send(response: ServerResponse, { status, content, to }: Page): void {
  response.writeHead(status, {
    ...(to !== undefined && { location: to }),
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // Nothing is fetched, nothing runs, and no other page may put this one into a frame.
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    connection: 'close',
  })
  response.end(content?.text)
}
