/** Waits for a GitHub that is away, with longer and longer pauses, and says when it goes away later on. */
import { duration } from '../../core/say/figures.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { Readiness } from '../readiness.ts'
import { createWatch, type Watch } from '../watch.ts'
import { type AppFacts, askGithub, type GithubAnswer } from './ask-github.ts'
import type { Problem } from './problem.ts'
import type { Settings } from './settings.ts'

export interface GithubParts {
  readonly clock: Clock
  readonly say: (text: string) => void
  /** Aborted when somebody has had enough of waiting. */
  readonly stop: AbortSignal
}

/** The first and the longest pause between two questions to a GitHub that is away. Milliseconds. */
const FIRST_PAUSE = 5_000
const LONGEST_PAUSE = 60_000

interface Waiting<T> {
  readonly settings: Settings
  readonly first: GithubAnswer
  readonly readiness: Pick<Readiness, 'starting'>
  /** Undefined when GitHub went away in between. */
  readonly begin: (app: AppFacts) => Promise<T | undefined>
}

/** Undefined when somebody stopped the wait. */
export async function awaitGithub<T>(
  { clock, say, stop }: GithubParts,
  { settings, first, readiness, begin }: Waiting<T>,
): Promise<T | { readonly problem: Problem } | undefined> {
  let answer = first
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    if (answer.kind === 'refused') return { problem: answer.problem }
    if (answer.kind === 'app') {
      const done = await begin(answer.app)
      if (done) return done
      answer = { kind: 'away', reason: 'it went away again' }
    }
    const sentence = githubAway(settings.urls.webUrl, answer.reason)
    readiness.starting(sentence)
    say(`${sentence} Asking again in ${duration(pause)}.`)
    await clock.sleep(pause, stop).catch(() => undefined)
    if (stop.aborted) return undefined
    answer = await askGithub(settings)
  }
}

/** It is asked only when a request failed: whoever gets answers knows that it is there. */
export function watchGithub({ clock, say }: GithubParts, settings: Settings, log: Log): Watch {
  const { webUrl } = settings.urls
  return createWatch({
    ask: async () => {
      const answer = await askGithub(settings)
      return answer.kind === 'away' ? answer.reason : undefined
    },
    lost: (reason) => `${githubAway(webUrl, reason)} What needs it waits until it is back.`,
    back: `${webUrl} answers again.`,
    say,
    onBug: (error) => log.error('bug', error),
    clock,
  })
}

export const githubAway = (webUrl: string, reason: string): string =>
  `${webUrl} can't be reached (${reason}).`
