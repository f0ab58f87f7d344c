/** The one list of tools that every role is told of: same names, same order, same bytes, so that the cache is shared. */
import type { BetaTool } from '@anthropic-ai/sdk/resources/beta'
import { z } from 'zod'
import { TOOL_NAMES } from '../ports/tools.ts'
import type { ToolName } from '../ports/tools.ts'

/** `submit` ends a role's work; the six others run in the tool host. */
export const SUBMIT = 'submit'
export type ListedTool = ToolName | typeof SUBMIT

/** A command may ask for ten minutes at most; the sandbox's own limit may be lower. */
const MAX_COMMAND_MS = 600_000
/** Lines of a file; more than any file we would show, and small enough to print as a plain number in the schema. */
const MAX_LINE = 10_000_000

/** Inputs as the SDK's agent toolset takes them, which is what the tool host runs. */
export const TOOL_INPUTS = {
  bash: z.object({
    command: z.string().optional().describe('The command, for /bin/bash.'),
    restart: z.boolean().optional().describe('Start a fresh shell before running.'),
    timeout_ms: z.int().min(1).max(MAX_COMMAND_MS).optional().describe('Time limit in milliseconds.'),
  }),
  read: z.object({
    file_path: z.string().min(1).describe('Path relative to the checkout.'),
    view_range: z
      .array(z.int().min(-1).max(MAX_LINE))
      .min(2)
      .max(2)
      .optional()
      .describe('[first line, last line], counted from 1, both included; -1 as last line means to the end.'),
  }),
  write: z.object({
    file_path: z.string().min(1).describe('Path relative to the checkout.'),
    content: z.string().describe('The whole new content of the file.'),
  }),
  edit: z.object({
    file_path: z.string().min(1).describe('Path relative to the checkout.'),
    old_string: z
      .string()
      .min(1)
      .describe('Text as it stands in the file, with enough around it to be unique.'),
    new_string: z.string().describe('What replaces it.'),
    replace_all: z.boolean().optional().describe('Replace every occurrence instead of the only one.'),
  }),
  glob: z.object({
    pattern: z.string().min(1).describe('Relative pattern, such as src/**/*.ts.'),
    path: z.string().optional().describe('Directory to search in; the checkout when left out.'),
  }),
  grep: z.object({
    pattern: z.string().min(1).describe('Regular expression.'),
    path: z.string().optional().describe('File or directory to search; the checkout when left out.'),
  }),
  submit: z.object({
    result: z
      .looseObject({})
      .describe("The role's result, as the JSON Schema in the role's description says."),
  }),
} as const satisfies Record<ListedTool, z.ZodType>

export const TOOL_DESCRIPTIONS: Readonly<Record<ListedTool, string>> = {
  bash: 'Run a command in a persistent shell in the checkout, inside the sandbox: no network, limited time and output. Working directory and variables last from call to call. After a failure its answer ends with the exit code.',
  read: 'Read a UTF-8 text file of the checkout, whole or a range of lines.',
  write: 'Write a UTF-8 text file of the checkout, creating directories as needed. Replaces what was there.',
  edit: 'Replace old_string with new_string in a file. old_string must occur exactly once unless replace_all is set.',
  glob: 'List files of the checkout whose path matches a pattern, at most 200, by name; node_modules is left out.',
  grep: 'Search the text of files for a JavaScript regular expression, line by line, with regard to case; answers with path:line:text. Up to 100 kB; lines of more than 2000 characters and node_modules are left out.',
  submit: 'End your work with its result. Call it once, alone, when you are done.',
}

const ORDER: readonly ListedTool[] = [...TOOL_NAMES, SUBMIT]

/** The list as it goes into every request. Equal descriptions give equal bytes. */
export function toolList(descriptions: Readonly<Record<ListedTool, string>>): BetaTool[] {
  return ORDER.map((name) => {
    const { $schema: _, ...schema } = z.toJSONSchema(TOOL_INPUTS[name], { io: 'input' })
    return { name, description: descriptions[name], input_schema: { ...schema, type: 'object' as const } }
  })
}

export function isListedTool(name: string): name is ListedTool {
  return (ORDER as readonly string[]).includes(name)
}
