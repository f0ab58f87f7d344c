/** `npm run hand`: a Messages API on loopback whose answers a person writes, to try prompts with a mind that is no model. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { answerError, readBody, serveMessages } from '../../adapters/recorded-model/loopback-server.ts'
import { writeMessage } from '../../adapters/recorded-model/message-stream.ts'
import { createPromptCache, tokens } from '../../adapters/recorded-model/prompt-cache.ts'
import { parseCaller, parseRequest } from '../../adapters/recorded-model/request-facts.ts'
import type { Caller, ModelRequest } from '../../adapters/recorded-model/request-facts.ts'
import type { ContentBlock } from '../../adapters/recorded-model/recording.ts'

const HELP = `npm run hand -- --dir FOLDER [--port 4700]

Each request becomes FOLDER/<conversation>.<turn>.md: read it, and answer with <conversation>.<turn>.json beside it:
  {"content": [{"type": "text", "text": "..."}, {"type": "tool_use", "name": "read", "input": {"file_path": "a.js"}}]}
Write it elsewhere and rename it, so that no half of it is read. {"status": 529} answers that the model is overloaded.

Then, in another terminal:
  ANTHROPIC_BASE_URL=http://127.0.0.1:4700 ANTHROPIC_API_KEY=by-hand npm run demo -- --record
`

interface Answer {
  readonly status?: number
  readonly content?: readonly ContentBlock[]
}

/** What a block says, as the model gets it. */
function textOf(block: ContentBlock): string {
  if (block.type === 'text') return String(block['text'])
  if (block.type !== 'tool_result') return JSON.stringify(block)
  const content = block['content']
  const text = Array.isArray(content) ? (content as ContentBlock[]).map(textOf).join('\n') : String(content)
  return `← ${String(block['tool_use_id'])}${block['is_error'] === true ? ' (error)' : ''}\n${text}`
}

/** All of it in a conversation's first turn; after that only what is new. */
function pageOf(request: ModelRequest, caller: Caller): string {
  const last = request.messages.at(-1)?.content.map(textOf) ?? []
  const ground = [
    ...request.system.map(textOf),
    '# Tools',
    ...request.tools.map((tool) => JSON.stringify(tool)),
    ...last,
  ]
  return [`# ${caller.conversation}, turn ${caller.turn}`, ...(caller.turn === 1 ? ground : last)].join(
    '\n\n',
  )
}

async function answerIn(file: string, gone: () => boolean): Promise<Answer> {
  while (!existsSync(file) && !gone()) await wait(250)
  return gone() ? { status: 529 } : (JSON.parse(readFileSync(file, 'utf8')) as Answer)
}

const { values } = parseArgs({
  options: { dir: { type: 'string' }, port: { type: 'string', default: '4700' } },
})
if (values.dir === undefined) {
  process.stdout.write(HELP)
  process.exitCode = 1
} else {
  const folder = values.dir
  mkdirSync(folder, { recursive: true })
  if (readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty: answers of another trial would be taken`)
  const cache = createPromptCache()
  const server = await serveMessages(Number(values.port), async (req, res) => {
    const request = parseRequest(await readBody(req))
    const caller = parseCaller(req.headers)
    if (!request || !caller) {
      return answerError(res, 400, {
        type: 'invalid_request_error',
        message: 'Only the agent loop is answered here.',
      })
    }
    const name = join(folder, `${caller.conversation}.${String(caller.turn).padStart(2, '0')}`)
    writeFileSync(`${name}.md`, pageOf(request, caller))
    process.stdout.write(`waiting for ${name}.json\n`)
    const answer = await answerIn(`${name}.json`, () => res.closed)
    if (answer.status !== undefined) {
      return answerError(res, answer.status, { type: 'overloaded_error', message: 'answered by hand' })
    }
    const content = (answer.content ?? []).map((block, index) =>
      block.type === 'tool_use'
        ? { id: `toolu_${caller.conversation}_${caller.turn}_${index}`, ...block }
        : block,
    )
    const stop_reason = content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'
    const usage = { ...cache.bill(request), output_tokens: tokens(JSON.stringify(content).length) }
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.end(
      writeMessage({
        id: `msg_${caller.conversation}_${caller.turn}`,
        model: request.model,
        content,
        stop_reason,
        usage,
      }),
    )
  })
  process.stdout.write(`${server.url}\n`)
}
