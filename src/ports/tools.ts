/** The tool host as the agent loop sees it: one per stage, inside the sandbox. */
import type { Checkout } from './workspace.ts'

export const TOOL_NAMES = ['bash', 'read', 'write', 'edit', 'glob', 'grep'] as const
export type ToolName = (typeof TOOL_NAMES)[number]

export interface ToolAnswer {
  readonly content: string
  readonly isError: boolean
}

export interface ToolHost {
  /** Runs one tool. A tool the role may not use, bad input, and failures are answers with `isError`, never throws. */
  call(tool: string, input: unknown, signal: AbortSignal): Promise<ToolAnswer>
  /** Kills the host and everything it started. */
  close(): Promise<void>
}

export interface ToolHosts {
  /** `allowed` is enforced in the host; without write or edit the checkout is bound read-only. */
  open(checkout: Checkout, options: { allowed: readonly ToolName[]; signal: AbortSignal }): Promise<ToolHost>
}
