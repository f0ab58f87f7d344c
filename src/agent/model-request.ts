/** A request to the model: the SDK's runner that makes it, the headers that say who asks, and the hash that names it. */
import type Anthropic from '@anthropic-ai/sdk'
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool'
import type { BetaMessageParam, BetaTool } from '@anthropic-ai/sdk/resources/beta'
import type { Role } from '../ports/agents.ts'
import { systemBlocks } from './opening-message.ts'

interface Sender {
  readonly client: Anthropic
  readonly model: string
  readonly system: string
}

/** Makes no request until it is iterated; its `generateToolResponse` answers the last message either way. */
export function createRunner(
  { client, model, system }: Sender,
  request: {
    tools: BetaRunnableTool<unknown>[]
    maxTokens: number
    messages: BetaMessageParam[]
    signal: AbortSignal
  },
) {
  const { tools, maxTokens, messages, signal } = request
  return client.beta.messages.toolRunner(
    {
      model,
      max_tokens: maxTokens,
      system: systemBlocks(system),
      tools,
      messages,
      // The API puts the marker on the last block itself, so no message changes from one request to the next.
      cache_control: { type: 'ephemeral' },
      stream: true,
      // The whole history each turn: a recording, a proxy and a second provider need nothing the server remembers.
      thread: false,
    },
    { signal },
  )
}

/** Of everything the model would be told: its name and limit, system, tools, dossier, prompt, and all heard so far. */
export function requestIdentity(
  deps: {
    readonly hash: (text: string) => string
    readonly model: string
    readonly system: string
    readonly tools: readonly BetaTool[]
  },
  { maxTokens, messages }: { maxTokens: number; messages: readonly BetaMessageParam[] },
): string {
  return deps.hash(JSON.stringify([deps.model, maxTokens, deps.system, deps.tools, messages]))
}

/** For the recorder, and for whoever reads a proxy's log: which call of which conversation this is. */
export function callHeaders(role: Role, conversation: string, turn: number): Record<string, string> {
  return {
    'x-millwright-role': role,
    'x-millwright-conversation': conversation,
    'x-millwright-turn': String(turn),
  }
}
