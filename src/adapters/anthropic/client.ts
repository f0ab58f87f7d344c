/** The one client of the Messages API: what is passed in counts, and nothing the environment says beside it. */
import Anthropic from '@anthropic-ai/sdk'
import { UserError } from '../../core/errors.ts'

export const ANTHROPIC_API = 'https://api.anthropic.com'

/** Until the first byte of an answer; a thinking model may be silent for minutes. The agent loop watches the rest. */
const FIRST_BYTE_MS = 600_000

export interface AnthropicOptions {
  readonly apiKey: string
  /** Another endpoint that speaks the Messages API: a proxy, a recorder, a replay. */
  readonly baseUrl?: string
}

/**
 * A client without retries of its own: they would sleep inside a job for as long as `retry-after` says, unseen, while
 * the engine has a queue for that. Throws UserError for a missing key or an address that is none.
 */
export function createAnthropicClient({ apiKey, baseUrl = ANTHROPIC_API }: AnthropicOptions): Anthropic {
  if (apiKey.trim() === '') {
    throw new UserError('model_rejected', 'There is no key for the model API. Set ANTHROPIC_API_KEY.')
  }
  if (!URL.canParse(baseUrl)) {
    throw new UserError('model_rejected', `The base URL of the model API is not a URL: "${baseUrl}".`)
  }
  return new Anthropic({
    apiKey,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: FIRST_BYTE_MS,
    // The SDK writes to the console otherwise, and at its debug level it writes prompts.
    logLevel: 'off',
    openTelemetry: false,
  })
}
