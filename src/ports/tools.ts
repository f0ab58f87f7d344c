/** The tool host as the agent loop sees it: one per stage, inside the sandbox. */
import type { ObjectId } from '../core/ids.ts'
import type { Checkout } from './workspace.ts'

export const TOOL_NAMES = ['bash', 'read', 'write', 'edit', 'glob', 'grep'] as const
export type ToolName = (typeof TOOL_NAMES)[number]

export interface ToolAnswer {
  readonly content: string
  readonly isError: boolean
}

/** The files of a checkout as tools left them. */
export interface KeptFiles {
  /** What was there before the agent began: the commit, with what setup left behind. */
  readonly start: ObjectId
  readonly end: ObjectId
}

/** The files under the tools, as they can be kept and put back: what lets an agent go on where another attempt ended. */
export interface ToolFiles {
  /** All files as they are now; ignored ones stay out. Throws StageFailure or UserError where they cannot be kept. */
  keep(): Promise<KeptFiles>
  /** From the next call on the files are those. False, and nothing done, where they are not to be had on this machine. */
  putBack(files: KeptFiles): Promise<boolean>
}

export interface ToolHost {
  /** Runs one tool. A tool the role may not use, bad input, and failures are answers with `isError`, never throws. */
  call(tool: string, input: unknown, signal: AbortSignal): Promise<ToolAnswer>
  /** Kills the host and everything it started. */
  close(): Promise<void>
  /** Absent where the tools cannot write. */
  readonly files?: ToolFiles
}

export interface ToolHosts {
  /** `allowed` is enforced in the host; without write or edit the checkout is bound read-only. */
  open(checkout: Checkout, options: { allowed: readonly ToolName[]; signal: AbortSignal }): Promise<ToolHost>
}
