/** What was measured, as it is kept in results.json. */
import type { Spread } from './figures.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
}

export interface Circumstances {
  readonly at: string
  /** How many processes of others wanted a core in the minute before the bench began. */
  readonly load: number
  /** Milliseconds until the disk says that a page is safe. */
  readonly syncMs: { readonly p50: number; readonly p99: number }
}

export type Peer = 'probot' | 'door' | 'web'

/** Medians of the rounds; times in milliseconds. */
export interface DeliveryRow {
  readonly peer: Peer
  readonly connections: number
  readonly perSecond: Spread
  readonly p50: Spread
  readonly p99: Spread
  readonly refused: number
}

export interface Deliveries {
  readonly postgres: string
  readonly probot: string
  readonly rounds: number
  readonly seconds: number
  readonly rows: readonly DeliveryRow[]
}

/** Memory in MB, as the kernel counts what is resident of one process. */
export interface RunsRow {
  readonly workers: number
  readonly runs: number
  readonly perMinute: number
  /** Seconds from label to draft. */
  readonly seconds: Spread
  /** Seconds of a core per run: the worker with all that it starts, the database, and forge and model of the bench. */
  readonly cpu: { readonly workers: number; readonly database: number; readonly bench: number }
  readonly peakMb: Spread
  readonly afterMb: Spread
}

/** Seconds from the signal until another process has claimed what the first one was at. */
export interface Takeover {
  readonly killed: Spread
  readonly stopped: Spread
  /** The only worker was killed and started again at once. */
  readonly restarted: Spread
}

export interface Idle {
  readonly seconds: number
  /** Percent of one core. */
  readonly cpu: { readonly worker: number; readonly web: number; readonly database: number }
  readonly memoryMb: { readonly worker: number; readonly web: number; readonly database: number }
  readonly transactionsPerMinute: number
  readonly forgeRequestsPerMinute: number
  /** From the start of the worker until it rests: a sweep over one repository without a run is among them. */
  readonly forgeRequestsAtStart: number
}

export interface Measures {
  readonly deliveries: Deliveries
  readonly runs: readonly RunsRow[]
  readonly takeover: Takeover
  readonly idle: Idle
}

export type MeasureName = keyof Measures

export interface Results {
  readonly machine: Machine
  readonly measures: { readonly [name in MeasureName]?: Circumstances & { readonly result: Measures[name] } }
}
