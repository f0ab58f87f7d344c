/** The webhook endpoint on Probot: verify, translate, enqueue under the delivery id, answer. Nothing is done here. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EmitterWebhookEventName } from '@octokit/webhooks'
import { createNodeMiddleware } from 'probot'
import type { Probot } from 'probot'
import { issueKey } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { Queue } from '../ports/queue.ts'
import { issueClosed } from '../webhooks/issue-closed.ts'
import { issueCommentChanged, issueCommentCreated } from '../webhooks/issue-comment.ts'
import { issueLabeled } from '../webhooks/issue-labeled.ts'
import { issueUnlabeled } from '../webhooks/issue-unlabeled.ts'
import type { IssuePayload, Translation } from '../webhooks/translation.ts'

type Translate = (payload: IssuePayload, at: string) => Translation

/** Which file of `webhooks/` reads which event. */
const TRANSLATIONS: Partial<Record<EmitterWebhookEventName, Translate>> = {
  'issues.labeled': issueLabeled,
  'issues.unlabeled': issueUnlabeled,
  'issues.closed': issueClosed,
  'issues.deleted': issueClosed,
  'issues.transferred': issueClosed,
  'issue_comment.created': issueCommentCreated,
  'issue_comment.edited': issueCommentChanged,
  'issue_comment.deleted': issueCommentChanged,
}

export interface WebhookServerOptions {
  readonly probot: Probot
  readonly queue: Queue<Incoming, Work>
  readonly clock: Clock
  readonly log: Log
  /** 0 takes a free port. */
  readonly port: number
  readonly host: string
}

export interface WebhookServer {
  /** Where the forge sends its deliveries. */
  readonly url: string
  close(): Promise<void>
}

const PATH = '/api/github/webhooks'

export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const middleware = await createNodeMiddleware((app) => subscribe(app, options), {
    probot: options.probot,
    webhooksPath: PATH,
  })
  const server = createServer((request, response) => {
    void middleware(request, response, () => {
      response.writeHead(404).end()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${options.host}:${port}${PATH}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function subscribe(app: Probot, options: WebhookServerOptions): void {
  for (const [name, translate] of Object.entries(TRANSLATIONS)) {
    app.on(name as EmitterWebhookEventName, async (context) => {
      // Probot has verified the signature; the shape is GitHub's own, and each file reads only what it names.
      const incoming = translate(context.payload as unknown as IssuePayload, options.clock.now())
      if (!incoming) return
      await options.queue.addEvent({ id: context.id, key: issueKey(incoming.issue), payload: incoming })
      options.log.info('accepted', { delivery: context.id, event: name })
    })
  }
}
