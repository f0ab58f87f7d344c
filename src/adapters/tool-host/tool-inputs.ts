/** What each tool takes. The SDK's tools check nothing: a number for a path would end in an error about Node's insides. */
import { z } from 'zod'
import type { ToolName } from '../../ports/tools.ts'

const path = z.string().min(1)

export const TOOL_INPUTS = {
  bash: z.object({
    command: z.string().optional(),
    restart: z.boolean().optional(),
    timeout_ms: z.int().positive().optional(),
  }),
  read: z.object({ file_path: path, view_range: z.tuple([z.int(), z.int()]).optional() }),
  write: z.object({ file_path: path, content: z.string() }),
  edit: z.object({
    file_path: path,
    old_string: z.string().min(1),
    new_string: z.string(),
    replace_all: z.boolean().optional(),
  }),
  glob: z.object({ pattern: z.string().min(1), path: path.optional() }),
  grep: z.object({ pattern: z.string().min(1), path: path.optional() }),
} as const satisfies Record<ToolName, z.ZodType>

/** What is wrong with an input, in one line: `read: file_path: Invalid input: expected string, received number`. */
export function inputProblem(tool: ToolName, input: unknown): string | undefined {
  const parsed = TOOL_INPUTS[tool].safeParse(input)
  if (parsed.success) return undefined
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
  return `${tool}: ${problems.join('; ')}`
}
