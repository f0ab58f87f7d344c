/** Turns what the SDK throws into "later", "never as asked" or "not usable", by status and type, never by message text. */
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '@anthropic-ai/sdk'
import { RetryableError } from '../core/errors.ts'
import type { FailureCode } from '../core/event.ts'

export type ModelError =
  | { readonly kind: 'later'; readonly error: RetryableError }
  | { readonly kind: 'rejected'; readonly code: FailureCode; readonly detail: string }
  /** The reply broke the protocol (a tool input that is no JSON): the model's mistake, worth asking again. */
  | { readonly kind: 'unusable' }
  | { readonly kind: 'aborted' }

/** Longest wait we pass on; a header that asks for more is a mistake or an outage that a person should see. */
const MAX_WAIT_MS = 3_600_000
const MAX_DETAIL = 1800

const LATER_TYPES = new Set<string>(['overloaded_error', 'rate_limit_error', 'api_error', 'timeout_error'])
const LATER_STATUS = new Set([408, 409, 429])

/** Sent with 429 as if it were over in a minute, and it lasts until the month is over. */
const SPEND_LIMIT = 'enforced_spend_limit_reached'

/** What a person can mend, by status. */
const FIXES: Readonly<Record<number, string>> = {
  400: 'The model API refused the request (400). If it names a spend limit or credits, raise them in the console; if it names a parameter, this version of Millwright does not fit that model.',
  401: 'The model API does not know the key (401). Set ANTHROPIC_API_KEY to a valid key.',
  402: 'The model API asks for payment (402). Add credits or raise the spend limit of the account.',
  403: 'The key may not use this model or this endpoint (403). Check the workspace, its model access and its spend limit.',
  404: 'The model API does not know the model or the address (404). Check the model names in `models` of the config and the base URL.',
  413: 'The request is larger than the model API takes (413). A smaller issue or a shorter dossier is needed.',
  422: 'The model API could not work with the request (422). Check the model names in `models` of the config.',
}

/** Milliseconds from `retry-after-ms` or `retry-after` (seconds or a date); undefined where neither is usable. */
function retryAfterMs(headers: Headers | undefined, now: number): number | undefined {
  const exact = Number(headers?.get('retry-after-ms') ?? NaN)
  const header = headers?.get('retry-after') ?? ''
  const seconds = header === '' ? NaN : Number(header)
  const date = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  const wait = Number.isNaN(exact) ? date : exact
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, Math.ceil(wait)), MAX_WAIT_MS)
}

function later(error: Error, message: string, wait?: number): ModelError {
  const options = { cause: error, ...(wait === undefined ? {} : { retryAfterMs: wait }) }
  return { kind: 'later', error: new RetryableError('model_unavailable', message, options) }
}

/** The API's own words, one line, without the request's content: they say which parameter or limit it was. */
function apiWords(error: APIError): string {
  const words = (error.apiMessage ?? '').replaceAll(/\s+/g, ' ').slice(0, 300)
  return words === '' ? '' : ` It said: "${words}"`
}

function translateStatus(error: APIError, now: number): ModelError {
  const type: string = error.type ?? ''
  const status = error.status ?? 0
  // Only the replay of a recorded model answers so; its message is the difference, and must keep its lines.
  if (type === 'recording_left') {
    return { kind: 'rejected', code: 'recording_left', detail: (error.apiMessage ?? '').slice(0, MAX_DETAIL) }
  }
  if (error.errorCode === SPEND_LIMIT) {
    const fix = `The spend limit of the account is reached (${status}). Raise it in the console, or wait until the month is over.`
    return { kind: 'rejected', code: 'model_rejected', detail: fix + apiWords(error) }
  }
  if (status >= 500 || LATER_STATUS.has(status) || (status === 0 && LATER_TYPES.has(type))) {
    const message = `The model API is not available (${status || type}).`
    return later(error, message, retryAfterMs(error.headers, now))
  }
  const fix = FIXES[status] ?? `The model API refused the request (${status || type}).`
  return { kind: 'rejected', code: 'model_rejected', detail: fix + apiWords(error) }
}

/**
 * `now` in milliseconds, for a `retry-after` that is a date. `garbled`: the reply came, but a call's input is no JSON.
 * Undefined for what is not the SDK's: a bug of ours, to be thrown on.
 */
export function translateModelError(
  error: unknown,
  { now, garbled }: { now: number; garbled: boolean },
): ModelError | undefined {
  if (error instanceof APIUserAbortError) return { kind: 'aborted' }
  if (error instanceof APIConnectionTimeoutError) return later(error, 'The model API did not answer in time.')
  if (error instanceof APIConnectionError) return later(error, 'The model API cannot be reached.')
  if (error instanceof APIError) return translateStatus(error as APIError, now)
  if (!(error instanceof AnthropicError)) return undefined
  return garbled ? { kind: 'unusable' } : later(error, 'The answer of the model API broke off.')
}
