/**
 * The journal: every model call that was paid for, and every tool result, stored as it ends.
 *
 * An effect that is carried out again, in this process or in another, hears the stored replies and makes only the calls
 * that were never made. Two tables hold it: one row per call (id, run, effect, role, nth, at, identity, outcome, reply,
 * spend, continuity, files), one row per tool result (call, tool_use, answer; gone with its call). `reply` is text and
 * not jsonb, which sorts keys: replayed, it is part of the next request, byte for byte.
 */
import type { Continuity, Spend } from '../core/spend.ts'
import type { Role } from './agents.ts'
import type { KeptFiles, ToolAnswer } from './tools.ts'

/** The n-th conversation of a role in one effect, counted from 1: what an attempt after a crash names alike. */
export interface ConversationPlace {
  readonly run: string
  readonly effect: string
  readonly role: Role
  readonly nth: number
}

export interface ModelCall {
  /** Replies that the conversation had heard before, garbled ones too. */
  readonly at: number
  /** Hash of the whole request. */
  readonly identity: string
  /**
   * `received` and `garbled` are part of the conversation. `lost` cost money and is no part of it: it broke off on the
   * way, or another reply has taken its place.
   */
  readonly outcome: 'received' | 'garbled' | 'lost'
  /** The reply as JSON text; empty unless it was received. */
  readonly reply: string
  /** At the price of that day. */
  readonly spend: Spend
  readonly continuity: Continuity
}

export interface StoredCall extends ModelCall {
  readonly id: string
  readonly role: Role
  readonly nth: number
  /** By the id of the tool use. Only what the tool host answered: refusals of ours follow from the reply. */
  readonly results: ReadonlyMap<string, ToolAnswer>
  /** Undefined where no tool could write, or the files could not be kept, or the call's tools were never all done. */
  readonly files: KeptFiles | undefined
}

export interface EffectJournal {
  /** In the order in which they were stored. */
  readonly calls: readonly StoredCall[]
  /** Conversations of each role that had made a call in the run before this effect did: names go on from there. */
  readonly before: ReadonlyMap<Role, number>
}

/**
 * One attempt at an effect writes at a time; a second one that should be dead does no harm, since a reader believes a
 * row only where its identity fits. Every method throws RetryableError where the journal is away.
 */
export interface Journal {
  /** One query over both tables, and one that counts. */
  read(run: string, effect: string): Promise<EffectJournal>
  /**
   * Stores a call and answers its id. In the same transaction everything of this conversation from `at` on becomes
   * `lost`, without reply, results and files: what was said next answered something else.
   */
  addCall(place: ConversationPlace, call: ModelCall): Promise<string>
  /** Replaces a result of the same tool use. Nothing happens where the call is gone. */
  addResult(call: string, toolUse: string, answer: ToolAnswer): Promise<void>
  /** All tools of the call are done, and these are the files they left. */
  keepFiles(call: string, files: KeptFiles): Promise<void>
  /** The run has ended: nothing of it will be asked for again. */
  forget(run: string): Promise<void>
}
