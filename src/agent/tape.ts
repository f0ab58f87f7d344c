/** One conversation's part of the journal: plays what an earlier attempt heard, then records what this one hears. */
import { RetryableError } from '../core/errors.ts'
import type { Meter } from '../ports/agents.ts'
import type { ConversationPlace, Journal, ModelCall, StoredCall } from '../ports/journal.ts'
import type { Log } from '../ports/log.ts'
import type { KeptFiles, ToolAnswer } from '../ports/tools.ts'

export interface TapeParts {
  readonly journal: Journal
  readonly place: ConversationPlace
  /** The role and its ordinal in the run: `coder-1`. */
  readonly name: string
  readonly stored: readonly StoredCall[]
  readonly meter: Pick<Meter, 'add'>
  readonly log: Log
}

export class Tape {
  readonly name: string
  readonly #parts: TapeParts
  /** Calls that are still to be played, in order. */
  #left: StoredCall[]
  /** Replies heard, played or new. */
  #at = 0
  #played = 0
  #call: string | undefined
  #results: ReadonlyMap<string, ToolAnswer> = new Map()
  /** A call is missing from the journal: what comes behind it could not be played, and is not stored. */
  #isAway = false

  constructor(parts: TapeParts) {
    this.#parts = parts
    this.name = parts.name
    this.#left = parts.stored.filter(({ outcome }) => outcome !== 'lost')
    for (const { outcome, ...call } of parts.stored) if (outcome === 'lost') this.#count(call)
  }

  /** True while there is a stored reply that nobody has asked for yet. */
  get goesOn(): boolean {
    return this.#left.length > 0
  }

  /** The call of this turn as the journal knows it; undefined where it could not be stored. */
  get call(): string | undefined {
    return this.#call
  }

  /** The stored call that this request made. The first request that differs ends the replay of the conversation. */
  play(identity: string): StoredCall | undefined {
    const [next, ...rest] = this.#left
    if (!next) return undefined
    if (next.at !== this.#at || next.identity !== identity) {
      this.#end()
      return undefined
    }
    this.#left = rest
    this.#at += 1
    this.#played += 1
    this.#call = next.id
    this.#results = new Map()
    if (rest.length === 0) this.#say('turns_replayed')
    return next
  }

  /** From now on the stored results of this turn stand for running its tools. */
  useResults(results: ReadonlyMap<string, ToolAnswer>): void {
    this.#results = results
  }

  result(toolUse: string): ToolAnswer | undefined {
    return this.#results.get(toolUse)
  }

  /** Stores a call that was really made, and answers its id; undefined where the journal is away. */
  async add(call: Omit<ModelCall, 'at'>): Promise<string | undefined> {
    const { journal, place } = this.#parts
    this.#results = new Map()
    this.#call = await this.#store(() => journal.addCall(place, { ...call, at: this.#at }))
    if (call.outcome !== 'lost') this.#at += 1
    return this.#call
  }

  async addResult(toolUse: string, answer: ToolAnswer): Promise<void> {
    const call = this.#call
    if (call !== undefined) await this.#store(() => this.#parts.journal.addResult(call, toolUse, answer))
  }

  async keepFiles(files: KeptFiles): Promise<void> {
    const call = this.#call
    if (call !== undefined) await this.#store(() => this.#parts.journal.keepFiles(call, files))
  }

  runAgain(why: 'no_snapshot' | 'snapshot_gone'): void {
    this.#parts.log.info('tools_run_again', { conversation: this.name, at: this.#at, why })
  }

  notKept(code: string): void {
    this.#parts.log.warn('files_not_kept', { conversation: this.name, at: this.#at, code })
  }

  /** They were paid for all the same; the journal forgets them with the next call that is stored. */
  #end(): void {
    this.#say('replay_ended')
    for (const call of this.#left) this.#count(call)
    this.#left = []
  }

  #count({ spend, continuity, id }: Pick<StoredCall, 'spend' | 'continuity' | 'id'>): void {
    this.#parts.meter.add(spend, continuity, id)
  }

  #say(event: 'turns_replayed' | 'replay_ended'): void {
    const { name, log } = this.#parts
    log.info(event, { conversation: name, turns: this.#played, left: this.#left.length })
  }

  /** An answer that is paid for is not thrown away because it cannot be stored: at worst it is asked for once more. */
  async #store<T>(write: () => Promise<T>): Promise<T | undefined> {
    if (this.#isAway) return undefined
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error
      this.#parts.log.warn('journal_away', { conversation: this.name, at: this.#at })
      this.#isAway = true
      return undefined
    }
  }
}
