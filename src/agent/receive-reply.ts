/** Waits for a streamed reply, and gives up on a connection that stays open but says nothing. */
import { APIConnectionTimeoutError } from '@anthropic-ai/sdk'
import type { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream'
import type { BetaMessage } from '@anthropic-ai/sdk/resources/beta'

export type Reply =
  | { readonly kind: 'received'; readonly message: BetaMessage }
  | {
      readonly kind: 'failed'
      readonly error: unknown
      /** The reply was sent, and is no use: the input of a call is not JSON. Otherwise something failed on the way. */
      readonly garbled: boolean
      /** What had arrived: its usage is what the call has cost so far. */
      readonly seen: BetaMessage | undefined
    }

/**
 * The SDK has no type for this. When a call's input ends it fixes the block's value, then reports that it is no JSON, and
 * passes on no more events; a stream that breaks off leaves the block open. Where in doubt it was the connection.
 */
function isGarbled(seen: BetaMessage | undefined, lastEvent: string): boolean {
  const block = seen?.content.at(-1)
  if (lastEvent !== 'content_block_delta' || block?.type !== 'tool_use') return false
  return Object.getOwnPropertyDescriptor(block, 'input')?.get === undefined
}

/** `stallMs`: how long the stream may say nothing. */
export async function receiveReply(stream: BetaMessageStream, stallMs: number): Promise<Reply> {
  let seen: BetaMessage | undefined
  let lastEvent = ''
  let stalled = false
  const giveUp = (): void => {
    stalled = true
    stream.abort()
  }
  let timer = setTimeout(giveUp, stallMs)
  stream.on('streamEvent', (event, snapshot) => {
    seen = snapshot
    lastEvent = event.type
    clearTimeout(timer)
    timer = setTimeout(giveUp, stallMs)
  })
  try {
    return { kind: 'received', message: await stream.finalMessage() }
  } catch (error) {
    const garbled = stream.errored && !stalled && isGarbled(seen, lastEvent)
    return { kind: 'failed', error: stalled ? new APIConnectionTimeoutError() : error, garbled, seen }
  } finally {
    clearTimeout(timer)
  }
}
