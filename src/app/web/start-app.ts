/** Starts the App: finds every problem at once, waits for a GitHub that is away, and says what it runs on. */
import { join } from 'node:path'
import { askModel } from '../../adapters/anthropic/ask-model.ts'
import { ANTHROPIC_API, createAnthropicClient } from '../../adapters/anthropic/client.ts'
import { RetryableError, UserError } from '../../core/errors.ts'
import { duration } from '../../core/say/figures.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { Observer } from '../../engine/deps.ts'
import type { Env } from '../env.ts'
import { createFileLog } from '../file-log.ts'
import { isLoopback } from '../forge-urls.ts'
import { type Mill, startMill } from '../mill.ts'
import type { KitOptions, SandboxKit } from '../sandbox-kit.ts'
import { type AppFacts, askGithub, type GithubAnswer } from './ask-github.ts'
import { portProblem, stateProblem } from './check-machine.ts'
import { type Problem, problemText } from './problem.ts'
import { type Found, isComplete, readSettings, type Settings } from './settings.ts'

export interface StartParts {
  readonly env: Env
  /** Where settings may be written, for the sentence that says so. */
  readonly file: string
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly say: (text: string) => void
  readonly createKit: (options: KitOptions) => Promise<SandboxKit>
  /** Aborted when somebody has had enough of waiting. */
  readonly stop: AbortSignal
}

/** The first and the longest pause between two questions to a GitHub that is away. Milliseconds. */
const FIRST_PAUSE = 5_000
const LONGEST_PAUSE = 60_000

/** Undefined when it did not start; why was said. */
export async function startApp(parts: StartParts): Promise<Mill | undefined> {
  const { found, problems } = readSettings(parts.env)
  const [machine, model, github] = await Promise.all([
    machineOf(parts, found),
    modelProblem(parts, found),
    githubOf(found),
  ])
  const all = [
    ...problems,
    ...machine.problems,
    ...model,
    ...(github?.kind === 'refused' ? [github.problem] : []),
  ]
  const { kit } = machine
  if (all.length > 0 || !kit || !isComplete(found) || !github) {
    parts.say(problemText(all, parts.file))
    if (github?.kind === 'away') parts.say(away(found.urls?.webUrl ?? 'GitHub', github.reason))
    return undefined
  }
  return startWith(parts, { settings: found, kit, github })
}

interface Ready {
  readonly settings: Settings
  readonly kit: SandboxKit
  readonly github: GithubAnswer
}

async function startWith(parts: StartParts, ready: Ready): Promise<Mill | undefined> {
  const { settings, kit } = ready
  let { github } = ready
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    if (github.kind === 'refused') {
      parts.say(problemText([github.problem], parts.file))
      return undefined
    }
    if (github.kind === 'app') {
      const mill = await tryStart(parts, settings, kit)
      if (mill) {
        parts.say(startedText(settings, github.app, mill))
        return mill
      }
      github = { kind: 'away', reason: 'it went away again' }
    }
    parts.say(`${away(settings.urls.webUrl, github.reason)} Asking again in ${duration(pause)}.`)
    await parts.clock.sleep(pause, parts.stop).catch(() => undefined)
    if (parts.stop.aborted) return undefined
    github = await askGithub(settings)
  }
}

const away = (webUrl: string, reason: string): string => `${webUrl} can't be reached (${reason}).`

/** Undefined when GitHub went away in between. */
async function tryStart(parts: StartParts, settings: Settings, kit: SandboxKit): Promise<Mill | undefined> {
  const { clock, random, observer } = parts
  const { urls, stateRoot, port, host } = settings
  try {
    return await startMill({
      stateRoot,
      secret: settings.secret,
      kit,
      forge: {
        ...urls,
        appId: settings.appId,
        privateKey: settings.privateKey,
        webhookSecret: settings.webhookSecret,
        paced: !isLoopback(urls.webUrl),
      },
      model: { ...settings.model, source: 'live' },
      clock,
      random,
      observer,
      log: createFileLog(join(stateRoot, 'log.jsonl'), clock),
      webhookPort: port,
      host,
    })
  } catch (error) {
    if (error instanceof RetryableError) return undefined
    throw error
  }
}

async function machineOf(
  { env, createKit, say }: StartParts,
  { stateRoot, port, host }: Found,
): Promise<{ problems: readonly Problem[]; kit: SandboxKit | undefined }> {
  const problems: Problem[] = []
  const taken = port === undefined || host === undefined ? undefined : await portProblem(host, port)
  const state = stateRoot === undefined ? undefined : await stateProblem(stateRoot)
  for (const problem of [state, taken]) if (problem) problems.push(problem)
  if (stateRoot === undefined || state) return { problems, kit: undefined }
  try {
    const options = {
      stateRoot,
      path: env.PATH,
      home: env.HOME ?? '/nonexistent',
      cafile: env.NODE_EXTRA_CA_CERTS,
      npmRegistry: env.MILLWRIGHT_REGISTRY,
      say,
    }
    return { problems, kit: await createKit(options) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const [what = '', ...fix] = error.message.split('\n')
    problems.push({ what: `There is no sandbox. ${what}`, fix: fix.join(' ') || 'See docs/sandbox.md.' })
    return { problems, kit: undefined }
  }
}

async function modelProblem({ say }: StartParts, { model }: Found): Promise<readonly Problem[]> {
  if (!model) return []
  const { name, apiKey, baseUrl } = model
  const answer = await askModel(createAnthropicClient({ apiKey, ...(baseUrl ? { baseUrl } : {}) }), name)
  if (answer.kind === 'usable') return []
  if (answer.kind === 'unsure') {
    say(
      `The model API at ${baseUrl ?? ANTHROPIC_API} could not be asked beforehand (${answer.reason}); the first run will show whether key and model are right.`,
    )
    return []
  }
  const words = answer.said === '' ? '' : ` It says: "${answer.said}"`
  const [what, fix] = {
    unknown_key: ['The model API does not know the key.', 'Set ANTHROPIC_API_KEY to a valid one.'],
    unknown_model: [
      `The model API does not know the model "${name}", or this key may not use it.`,
      'Correct MILLWRIGHT_MODEL, or remove it.',
    ],
    no_right: [
      'The key may not use the model API.',
      "Check the key's workspace and its rights in the console.",
    ],
    limit: [
      'The model API accepts no requests from this account: credits are used up or a spend limit is reached.',
      'Add credits or raise the limit in the console.',
    ],
  }[answer.kind] as [string, string]
  return [{ what: `${what} (${answer.status})${words}`, fix }]
}

function githubOf({ appId, privateKey, urls }: Found): Promise<GithubAnswer> | undefined {
  if (appId === undefined || privateKey === undefined || urls === undefined) return undefined
  return askGithub({ appId, privateKey, urls })
}

function startedText(settings: Settings, app: AppFacts, mill: Mill): string {
  const { urls, model, stateRoot } = settings
  const where = app.installations.map(({ account, note }) => `${account} (${note})`).join(', ')
  return [
    `Millwright works as ${app.name} (${app.slug}[bot]).`,
    '',
    `  GitHub     ${urls.webUrl}`,
    `  installed  ${where || `nowhere yet: open ${app.page}/installations/new`}`,
    `  webhooks   ${mill.webhookUrl}`,
    `  model      ${model.name}${model.baseUrl === undefined ? '' : ` at ${model.baseUrl}`}`,
    `  sandbox    bubblewrap; every way out that was tried is shut`,
    `  state      ${stateRoot}`,
    '',
    'Ctrl-C stops it.',
  ].join('\n')
}
