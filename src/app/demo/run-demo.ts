/** One story from label to draft pull request, on a forge of this machine. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { repoPage } from '../../core/ids.ts'
import type { RunState } from '../../core/state.ts'
import { createNodeClock } from '../../adapters/node/node-clock.ts'
import type { Env } from '../env.ts'
import { createSandboxKit } from '../sandbox-kit.ts'
import { createFileLog } from '../file-log.ts'
import { LABEL, openFloor } from './factory-floor.ts'
import type { FactoryFloor } from './factory-floor.ts'
import { openModelSource } from './model-source.ts'
import type { ModelSource } from './model-source.ts'
import { issuePage, pullPage } from './pages.ts'
import { finalReport } from './report.ts'
import { seedStory } from './seed-story.ts'
import type { Story } from './stories.ts'
import { createDemoTerminal } from './terminal.ts'
import type { DemoTerminal, Screen } from './terminal.ts'

export interface DemoOptions {
  readonly story: Story
  readonly show: readonly ('issue' | 'pr')[]
  readonly keep: boolean
  readonly record: boolean
  readonly recordings: string
  readonly env: Env
  readonly stateRoot: string
  /** Remove the state folder at the end; not for one that somebody named. */
  readonly tidy: boolean
  readonly screen: Screen
  /** Resolves when a person has had enough of a kept demo. */
  readonly interrupted: () => Promise<void>
}

/** True when the story ended with a draft pull request. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { story, env } = options
  const source = await openModelSource({
    name: env.MILLWRIGHT_MODEL ?? 'claude-sonnet-5-5',
    apiKey: env.ANTHROPIC_API_KEY,
    baseUrl: env.ANTHROPIC_BASE_URL,
    file: join(options.recordings, story.recording),
    record: options.record,
  })
  const terminal = createDemoTerminal(options.screen)
  try {
    terminal.say(source.line)
    return await tell(options, terminal, source)
  } finally {
    terminal.close()
    await source.close()
    if (options.tidy && !options.keep) await rm(options.stateRoot, { recursive: true, force: true })
  }
}

async function tell(options: DemoOptions, terminal: DemoTerminal, source: ModelSource): Promise<boolean> {
  const { story, env, stateRoot } = options
  await mkdir(stateRoot, { recursive: true, mode: 0o755 })
  terminal.doing('getting the sandbox ready')
  const kit = await createSandboxKit({
    stateRoot,
    path: env.PATH,
    home: env.HOME ?? '/nonexistent',
    cafile: env.NODE_EXTRA_CA_CERTS,
    npmRegistry: env.MILLWRIGHT_REGISTRY,
    say: (line) => terminal.say(line),
  })
  const { source: origin } = story
  terminal.doing(`fetching ${origin.package}@${origin.version} from the npm registry`)
  const registryHost = new URL(env.MILLWRIGHT_REGISTRY ?? 'https://registry.npmjs.org').hostname
  const folder = await seedStory(story, {
    sandbox: kit.sandbox,
    root: stateRoot,
    owner: kit.owner,
    registryHost,
  })
  const log = createFileLog(join(stateRoot, 'log.jsonl'), createNodeClock())
  const ends = watchForEnd(terminal)
  const floor = await openFloor({
    root: stateRoot,
    kit,
    repositories: [
      { owner: 'acme', name: story.repository, folder, labels: [LABEL], collaborators: { alice: 'write' } },
    ],
    model: source.model,
    observer: ends.observer,
    log,
  })
  try {
    const state = await play(floor, { options, terminal, source }, ends.ended)
    if (options.keep) await stay(options, terminal, floor)
    return state.at.stage === 'integrating'
  } finally {
    await floor.close()
  }
}

/** Resolves with the first state in which the factory has nothing more to do by itself. */
function watchForEnd(terminal: DemoTerminal): { observer: DemoTerminal; ended: Promise<RunState> } {
  let settle: (state: RunState) => void = () => undefined
  const ended = new Promise<RunState>((resolve) => (settle = resolve))
  const observer: DemoTerminal = {
    ...terminal,
    moved(state) {
      terminal.moved(state)
      if (state.pending.length === 0) settle(state)
    },
  }
  return { observer, ended }
}

async function play(
  floor: FactoryFloor,
  scene: { options: DemoOptions; terminal: DemoTerminal; source: ModelSource },
  ended: Promise<RunState>,
): Promise<RunState> {
  const { options, terminal, source } = scene
  const { story } = options
  const name = `${story.owner}/${story.repository}`
  const alice = floor.forge.as('alice')
  // A label that comes with its issue starts nothing, as an issue form would bring it; this one is an hour old.
  const createdAt = new Date(Date.now() - 3_600_000).toISOString()
  const number = alice.openIssue(name, { ...story.issue, createdAt })
  terminal.say(`Issue: alice opens ${name}#${number}, "${story.issue.title}", and adds the label ${LABEL}.`)
  alice.label(name, number, LABEL)
  const state = await ended
  await floor.mill.idle()
  const { at } = state
  if (options.show.includes('issue')) terminal.say(`\n${issuePage(floor.forge, name, number)}`)
  if (options.show.includes('pr')) {
    const page = at.stage === 'integrating' ? pullPage(floor.forge, name, at.pull.number) : undefined
    terminal.say(`\n${page ?? 'There is no pull request to show.'}`)
  }
  const page = repoPage(floor.forge.url, state.issue.repo)
  terminal.say(await finalReport({ floor, state, name, page, drift: source.drift() }))
  return state
}

async function stay(options: DemoOptions, terminal: DemoTerminal, floor: FactoryFloor): Promise<void> {
  terminal.say(
    `\nForge and app keep running; try what you like (docs/local-forge.md), and stop them with Ctrl-C.\n  forge     ${floor.forge.url}\n  webhooks  ${floor.mill.webhookUrl}\n  state     ${options.stateRoot}`,
  )
  await options.interrupted()
}
