/** Counts tokens as the API would bill them, from the requests themselves: what was sent before is read from cache. */
import { createHash } from 'node:crypto'
import type { ContentBlock } from './recording.ts'
import type { ModelRequest } from './request-facts.ts'

/** English and code come to about four characters a token. */
const CHARACTERS_PER_TOKEN = 4

interface ComputedUsage {
  readonly input_tokens: number
  readonly cache_read_input_tokens: number
  readonly cache_creation_input_tokens: number
}

export interface PromptCache {
  /** Bills a request, and remembers its prefixes up to each breakpoint for the next ones. */
  bill(request: ModelRequest): ComputedUsage
}

export function tokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN)
}

interface Piece {
  readonly text: string
  readonly breakpoint: boolean
}

function piece(place: string, block: ContentBlock): Piece {
  const { cache_control: marker, ...rest } = block
  return { text: `${place} ${JSON.stringify(rest)}\n`, breakpoint: marker !== undefined && marker !== null }
}

/** In the API's order: tools, system, messages. A different model has a cache of its own. */
function pieces(request: ModelRequest): Piece[] {
  const all = [
    { text: `${request.model} ${JSON.stringify(request.tools)}\n`, breakpoint: false },
    ...request.system.map((block) => piece('system', block)),
    ...request.messages.flatMap((message) => message.content.map((block) => piece(message.role, block))),
  ]
  const last = all.at(-1)
  return last && request.automaticCache ? [...all.slice(0, -1), { ...last, breakpoint: true }] : all
}

export function createPromptCache(): PromptCache {
  const known = new Set<string>()
  return {
    bill: (request) => {
      const hash = createHash('sha256')
      const marked: string[] = []
      let length = 0
      let read = 0
      let written = 0
      for (const { text, breakpoint } of pieces(request)) {
        hash.update(text)
        length += text.length
        const prefix = hash.copy().digest('hex')
        if (known.has(prefix)) read = length
        if (!breakpoint) continue
        marked.push(prefix)
        written = length
      }
      for (const prefix of marked) known.add(prefix)
      return {
        cache_read_input_tokens: tokens(read),
        cache_creation_input_tokens: tokens(Math.max(0, written - read)),
        input_tokens: tokens(length - Math.max(read, written)),
      }
    },
  }
}
