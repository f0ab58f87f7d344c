/** `mill run owner/repo#12`: the whole line on one real issue, by a person's token, from a terminal. */
import { join } from 'node:path'
import { openTokenForge } from '../../adapters/github/token-forge.ts'
import type { TokenForge } from '../../adapters/github/token-forge.ts'
import { createMemoryDurable } from '../../adapters/memory/memory-durable.ts'
import { createMemoryStore } from '../../adapters/memory/memory-store.ts'
import { createNodeClock, createNodeRandom } from '../../adapters/node/node-clock.ts'
import type { IssueRef } from '../../core/ids.ts'
import { repoPage } from '../../core/ids.ts'
import { failureSentence } from '../../core/say/failure.ts'
import { costLine } from '../../core/say/cost.ts'
import { between } from '../../core/say/figures.ts'
import { isTerminal } from '../../core/stage.ts'
import type { RunState } from '../../core/state.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { Issue } from '../../ports/forge.ts'
import type { Log } from '../../ports/log.ts'
import { createDemoTerminal } from '../demo/terminal.ts'
import type { DemoTerminal, Screen } from '../demo/terminal.ts'
import { openFactory } from '../factory.ts'
import type { Factory, FactoryOptions } from '../factory.ts'
import { createFileLog } from '../file-log.ts'
import { createSandboxKit } from '../sandbox-kit.ts'
import type { KitOptions, SandboxKit } from '../sandbox-kit.ts'
import { startLabel } from '../start-label.ts'
import type { RepositoryName } from './issue-address.ts'
import { watchIssue } from './watch-issue.ts'

export interface RunIssueOptions {
  readonly repository: RepositoryName
  readonly number: number
  readonly token: string
  readonly apiUrl: string
  readonly webUrl: string
  readonly secret: string | undefined
  readonly model: FactoryOptions['model']
  readonly stateRoot: string
  readonly kit: SandboxKit | Omit<KitOptions, 'stateRoot' | 'say'>
  readonly screen: Screen
  /** Resolves when a person wants the run stopped. */
  readonly interrupted: Promise<void>
  readonly paced: boolean
  /** How often the issue is read. */
  readonly everyMs: number
}

/** True when a draft pull request, or at trust level 1 a patch, came of it. */
export async function runIssue(options: RunIssueOptions): Promise<boolean> {
  const terminal = createDemoTerminal(options.screen)
  try {
    terminal.say(
      `Model: ${options.model.baseUrl ? `the model at ${options.model.baseUrl}` : options.model.name} does the work, and is paid for.`,
    )
    return await work(options, terminal)
  } finally {
    terminal.close()
  }
}

interface Scene {
  readonly options: RunIssueOptions
  readonly terminal: DemoTerminal
  readonly opened: TokenForge
  readonly issue: IssueRef
  readonly seen: Issue
  readonly label: string
  readonly clock: Clock
}

async function work(options: RunIssueOptions, terminal: DemoTerminal): Promise<boolean> {
  const { number, kit } = options
  terminal.doing('asking GitHub who we are')
  const opened = await openTokenForge(options)
  const issue = { repo: opened.repo, number }
  const { issues } = opened.forge
  const seen = await issues.issue(issue)
  terminal.say(
    `Issue: ${repoPage(options.webUrl, opened.repo)}/issues/${number}, as ${opened.identity.login}.`,
  )
  terminal.say('Without an App there is a commit status in place of a check run; the pull request says so.')
  terminal.doing('getting the sandbox ready')
  const say = (line: string): void => terminal.say(line)
  const ready = 'sandbox' in kit ? kit : await createSandboxKit({ ...kit, stateRoot: options.stateRoot, say })
  const label = await startLabel({ issues, store: createMemoryStore() }, opened.repo)
  const clock = createNodeClock()
  const scene = { options, terminal, opened, issue, seen, label, clock }
  const ends = watchForEnd(terminal)
  const kept = keepCause(createFileLog(join(options.stateRoot, 'log.jsonl'), clock))
  const random = createNodeRandom()
  const { log } = kept
  const factory = openFactory(
    {
      stateRoot: options.stateRoot,
      secrets: { current: options.secret ?? random.hex(32) },
      kit: ready,
      forge: opened.forge,
      webUrl: options.webUrl,
      byToken: true,
      // It is asked for one issue, and paid for by whoever asks: a sweep would begin every other that has the label.
      sweeps: false,
      model: options.model,
      clock,
      random,
      observer: ends.observer,
      log,
    },
    createMemoryDurable({ clock, log }),
  )
  factory.start()
  const watching = new AbortController()
  try {
    await begin(scene, factory, random)
    const watched = watch(scene, factory, watching.signal)
    const state = await Promise.race([orStopped(scene, factory, ends.ended), neverBegan(factory, ends, kept)])
    watching.abort()
    await watched
    await factory.queue.idle()
    terminal.say(lastWords(state, options.webUrl))
    return state.at.stage === 'integrating' || state.at.stage === 'proposed'
  } finally {
    watching.abort()
    await factory.close()
  }
}

interface Ends {
  readonly observer: DemoTerminal
  readonly ended: Promise<RunState>
  hasMoved(): boolean
}

/** Resolves with the first state that needs nobody any more; a held one waits for a person, and says for what. */
function watchForEnd(terminal: DemoTerminal): Ends {
  let hasMoved = false
  let settle: (state: RunState) => void = () => undefined
  const ended = new Promise<RunState>((resolve) => (settle = resolve))
  const observer: DemoTerminal = {
    ...terminal,
    moved(state) {
      hasMoved = true
      terminal.moved(state)
      const { at } = state
      if (at.stage === 'integrating' || isTerminal(at.stage)) settle(state)
      else if ('from' in at || at.stage === 'awaiting_approval')
        terminal.say(
          '    It waits for you: the issue says for what. I go on when you answer there; Ctrl-C stops.',
        )
    },
  }
  return { observer, ended, hasMoved: () => hasMoved }
}

interface KeptCause {
  readonly log: Log
  cause(): Error | undefined
}

/** The log goes to a file; whoever sits at the terminal wants to know why nothing begins. */
function keepCause(log: Log): KeptCause {
  let first: Error | undefined
  const error: Log['error'] = (event, cause, fields) => {
    first ??= cause instanceof Error ? cause : new Error(String(cause))
    log.error(event, cause, fields)
  }
  return { log: { ...log, error }, cause: () => first }
}

/** Rejects where the first event came to nothing: there is no comment then that could say so, and no end to wait for. */
async function neverBegan(factory: Factory, ends: Ends, kept: KeptCause): Promise<never> {
  await factory.queue.idle()
  if (!ends.hasMoved()) throw kept.cause() ?? new Error('nothing began, and nothing says why')
  return new Promise<never>(() => undefined)
}

/** The label is put on, as the line asks for it: whoever sees it on the issue can take it off, and the run stops. */
async function begin(
  { opened, issue, seen, label, clock }: Scene,
  factory: Factory,
  random: Random,
): Promise<void> {
  if (!seen.labels.includes(label)) await opened.forge.issues.addLabel(issue, label)
  await factory.queue.addEvent({
    id: `run.${random.hex(8)}`,
    key: `${issue.repo.id}#${issue.number}`,
    payload: {
      kind: 'run_requested',
      at: clock.now(),
      issue,
      requester: { id: opened.identity.userId, login: opened.identity.login },
      labelledBy: 'person',
      label,
      text: { title: seen.title, body: seen.body, author: seen.author },
    },
  })
}

function watch(
  { opened, issue, seen, label, clock, options, terminal }: Scene,
  factory: Factory,
  signal: AbortSignal,
) {
  return watchIssue(
    {
      issues: opened.forge.issues,
      issue,
      seen: { ...seen, labels: [...seen.labels, label] },
      label,
      // A person's token writes under the person's name; only what carries a marker is the factory's.
      isOurs: (comment) => comment.ours && comment.body.includes('<!-- millwright'),
      clock,
      everyMs: options.everyMs,
      add: (job) => factory.queue.addEvent(job),
      onTrouble: (error) =>
        terminal.say(
          `    The issue could not be read: ${error instanceof Error ? error.message : String(error)}`,
        ),
    },
    signal,
  )
}

async function orStopped(scene: Scene, factory: Factory, ended: Promise<RunState>): Promise<RunState> {
  const { options, issue, opened, terminal, clock } = scene
  const stopped = options.interrupted.then(async () => {
    terminal.say('Stopping the run; the issue will say so.')
    const by = { id: opened.identity.userId, login: opened.identity.login }
    await factory.queue.addEvent({
      id: 'stop.by.terminal',
      key: `${issue.repo.id}#${issue.number}`,
      payload: { kind: 'run_event', issue, event: { kind: 'stop_requested', at: clock.now(), by } },
    })
    return ended
  })
  return Promise.race([ended, stopped])
}

function lastWords(state: RunState, webUrl: string): string {
  const { at } = state
  const page = `${repoPage(webUrl, state.issue.repo)}/issues/${state.issue.number}`
  const cost = costLine(state, between(state.started_at, state.entered_at))
  const what =
    at.stage === 'integrating'
      ? `Draft pull request: ${at.pull.url}`
      : at.stage === 'proposed'
        ? `Patch: ${at.url}`
        : `The run is ${at.stage}${at.stage === 'failed' ? `: ${failureSentence(at.reason)}` : ''}`
  return `\n${what}\nIssue: ${page}\nCost: ${cost}.`
}
