/** One call that costs nothing and says whether a key may use a model: for the start, before any issue waits for it. */
import { type Anthropic, APIError } from '@anthropic-ai/sdk'

/** `limit`: credits, a spend limit, or payment; the request itself is one that cannot be wrong. */
export type ModelAnswer =
  | { readonly kind: 'usable' }
  | {
      readonly kind: 'unknown_key' | 'unknown_model' | 'no_right' | 'limit'
      readonly status: number
      /** The API's own words, one line. */
      readonly said: string
    }
  /** Not reached, overloaded, or an endpoint that does not count tokens. */
  | { readonly kind: 'unsure'; readonly reason: string }

/** Nobody waits longer than this for a start. */
const PATIENCE_MS = 15_000

export async function askModel(client: Anthropic, model: string): Promise<ModelAnswer> {
  try {
    const request = { model, messages: [{ role: 'user' as const, content: 'ready?' }] }
    await client.messages.countTokens(request, { timeout: PATIENCE_MS })
    return { kind: 'usable' }
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    return answerOf(error as APIError)
  }
}

function answerOf(error: APIError): ModelAnswer {
  const status = error.status ?? 0
  const said = (error.apiMessage ?? '').replaceAll(/\s+/g, ' ').slice(0, 300)
  const type: string = error.type ?? ''
  if (status === 401) return { kind: 'unknown_key', status, said }
  if (status === 403) return { kind: 'no_right', status, said }
  if (status === 404 && type === 'not_found_error') return { kind: 'unknown_model', status, said }
  if (status === 402 || type === 'billing_error') return { kind: 'limit', status, said }
  if (status === 400 && type === 'invalid_request_error') return { kind: 'limit', status, said }
  return { kind: 'unsure', reason: status === 0 ? 'it did not answer' : `it answered ${status}` }
}
