/** The tool calls of a reply: picked out, told to people in one line, answered when they must not run. */
import type { BetaContentBlockParam, BetaMessage, BetaToolUseBlock } from '@anthropic-ai/sdk/resources/beta'

const MAX_SHOWN = 80

/** The model wrote these words, so control characters (terminal escapes among them) do not get through. */
function plain(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line
}

/** For people at a terminal. */
export function describeCall(call: { readonly name: string; readonly input: unknown }): string {
  const input =
    typeof call.input === 'object' && call.input !== null ? (call.input as Record<string, unknown>) : {}
  const told = input.command ?? input.file_path ?? input.pattern
  return plain(typeof told === 'string' ? `${call.name} ${told}` : call.name)
}

export function toolCalls(message: BetaMessage): BetaToolUseBlock[] {
  return message.content.filter((block) => block.type === 'tool_use')
}

/** Results are given by id, and the API takes no history in which two calls have the same. */
export function shareAnId(calls: readonly BetaToolUseBlock[]): boolean {
  return new Set(calls.map(({ id }) => id)).size < calls.length
}

/** Every call needs an answer before the conversation can go on, also one that was never run. */
export function notRun(message: BetaMessage, why: string): BetaContentBlockParam[] {
  return toolCalls(message).map((call) => ({
    type: 'tool_result',
    tool_use_id: call.id,
    is_error: true,
    content: `Not run: ${why}`,
  }))
}
