/** How a conversation fails: a code for the factory and a sentence for people. */
import type { FailureCode } from '../core/event.ts'

export type Failed = { readonly ok: false; readonly code: FailureCode; readonly detail: string }

export function failed(code: FailureCode, detail: string): Failed {
  return { ok: false, code, detail }
}
