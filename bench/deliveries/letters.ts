/** Deliveries as GitHub makes them: its own example payloads, of many issues of many repositories, signed. */
import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { translate } from '../../src/webhooks/translate.ts'

type Payload = Readonly<Record<string, unknown>>

interface Examples {
  readonly name: string
  readonly examples: readonly Payload[]
}

export interface Letter {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** The package's types describe its CommonJS form, so it is loaded as such. */
const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Examples[]
/** What a run hears most. */
const EVENTS = ['issues', 'issue_comment', 'push']
/** So many that the events of one issue do not wait for one another more than they do on GitHub. */
const LETTERS = 500
const ISSUES_PER_REPOSITORY = 10

/** All of them mean something to a run, so each has to be stored. */
export function letters(secret: string): readonly Letter[] {
  const meant = EXAMPLES.filter(({ name }) => EVENTS.includes(name)).flatMap(({ name, examples }) =>
    examples
      .filter((payload) => translate(name, payload, new Date().toISOString()).kind === 'incoming')
      .map((payload) => ({ event: name, payload })),
  )
  return Array.from({ length: LETTERS }, (_, index) => {
    const { event, payload } = meant[index % meant.length] ?? { event: '', payload: {} }
    const body = JSON.stringify(about(payload, index))
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
    }
  })
}

function about(payload: Payload, index: number): Payload {
  const { repository, issue } = payload
  const number = 1 + (index % ISSUES_PER_REPOSITORY)
  const id = 1000 + Math.floor(index / ISSUES_PER_REPOSITORY)
  return {
    ...payload,
    repository: { ...(repository as Payload), id },
    ...(issue === undefined ? {} : { issue: { ...(issue as Payload), number } }),
  }
}
