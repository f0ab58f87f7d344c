/** The first user message: dossier blocks that every role shares, byte for byte, then what this role is to do. */
import type { BetaMessageParam, BetaTextBlockParam } from '@anthropic-ai/sdk/resources/beta'

const CACHED = { type: 'ephemeral' } as const

/** The system prompt as one cached block, so that runs of different issues share tools and system. */
export function systemBlocks(system: string): BetaTextBlockParam[] {
  return [{ type: 'text', text: system, cache_control: CACHED }]
}

/**
 * Breakpoints of a request: system, last dossier block, and the automatic one on the last block of the request
 * (`cache_control` at the top level, set by the conversation). Three of the four that the API allows.
 */
export function openingMessage(dossier: readonly string[], prompt: string): BetaMessageParam {
  // The API refuses empty text blocks.
  const texts = dossier.filter((text) => text.trim() !== '')
  const shared = texts.map((text, index): BetaTextBlockParam => {
    const block = { type: 'text' as const, text }
    return index === texts.length - 1 ? { ...block, cache_control: CACHED } : block
  })
  return { role: 'user', content: [...shared, { type: 'text', text: prompt }] }
}

/** A message of the factory, marked as such: the system prompt says that only these are instruction. */
export function factoryText(text: string): BetaTextBlockParam {
  return { type: 'text', text: `Factory: ${text}` }
}

/** Adds a text of the factory to a history: to the open user message where there is one, else as a new one. */
export function withFactoryText(history: readonly BetaMessageParam[], text: string): BetaMessageParam[] {
  const block = factoryText(text)
  const last = history.at(-1)
  if (last?.role !== 'user') return [...history, { role: 'user', content: [block] }]
  const content =
    typeof last.content === 'string' ? [{ type: 'text' as const, text: last.content }] : last.content
  return [...history.slice(0, -1), { role: 'user', content: [...content, block] }]
}
