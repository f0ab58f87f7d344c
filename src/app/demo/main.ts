/** `npm run demo`: reads the arguments, runs one story, and says what went wrong in one sentence where it did. */
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { RetryableError, StageFailure, UserError } from '../../core/errors.ts'
import { readEnv } from '../env.ts'
import { runDemo } from './run-demo.ts'
import { findStory, STORIES } from './stories.ts'

const HELP = `npm run demo -- [options]

  --story NAME    ${STORIES.map((story) => story.name).join(' or ')} (default: ${STORIES[0]?.name ?? ''})
  --show issue    print the issue as GitHub would show it; may be given with --show pr
  --show pr       print the pull request, its review and its check
  --keep          leave the forge and the app running afterwards
  --record        write the model's answers as the story's recording (needs ANTHROPIC_API_KEY)
  --state FOLDER  where git directories and checkouts go

With ANTHROPIC_API_KEY a live model does the work; without it a recorded one. ANTHROPIC_BASE_URL names another endpoint.
`

const OPTIONS = {
  story: { type: 'string', default: STORIES[0]?.name ?? '' },
  show: { type: 'string', multiple: true },
  keep: { type: 'boolean', default: false },
  record: { type: 'boolean', default: false },
  state: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

function readArguments(): {
  story: string
  show?: string[]
  keep: boolean
  record: boolean
  state?: string
  help: boolean
} {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    throw new UserError(
      'config_invalid',
      `${error instanceof Error ? error.message : String(error)}\n\n${HELP}`,
    )
  }
}

async function main(): Promise<number> {
  const values = readArguments()
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const env = readEnv()
  const story = findStory(values.story)
  if (!story) throw new UserError('config_invalid', `There is no story "${values.story}".\n\n${HELP}`)
  const show = (values.show ?? []).map((what) => {
    if (what === 'issue' || what === 'pr') return what
    throw new UserError('config_invalid', `--show takes issue or pr, not "${what}".`)
  })
  if (values.record && !env.ANTHROPIC_API_KEY) {
    throw new UserError(
      'config_invalid',
      '--record writes down what a model answers, so it needs ANTHROPIC_API_KEY.',
    )
  }
  const named = values.state ?? env.MILLWRIGHT_STATE
  const done = await runDemo({
    story,
    show,
    keep: values.keep,
    record: values.record,
    recordings: fileURLToPath(new URL('../../../recordings', import.meta.url)),
    env,
    stateRoot: named ?? join(tmpdir(), `millwright-demo-${process.getuid?.() ?? 0}`, String(process.pid)),
    tidy: named === undefined,
    screen: {
      write: (text) => void process.stdout.write(text),
      live: process.stdout.isTTY && !env.NO_COLOR,
      now: () => Date.now(),
    },
    // Only a kept demo listens for Ctrl-C; before that it ends the process, and with it every sandbox.
    interrupted: () => new Promise((resolve) => process.once('SIGINT', () => resolve())),
  })
  return done ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const ours = error instanceof UserError || error instanceof StageFailure || error instanceof RetryableError
  process.stderr.write(
    ours
      ? `\n${error.message}\n`
      : `\nThis is a bug in Millwright:\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exitCode = 1
}
