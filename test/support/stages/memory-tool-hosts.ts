// Tool hosts over a memory workspace: read and write only, refused like the real host refuses what a role may not use.
import type { ToolAnswer, ToolHosts, ToolName } from '../../../src/ports/tools.ts'
import type { MemoryWorkspace } from './memory-workspace.ts'

export interface MemoryToolHosts extends ToolHosts {
  /** What each host was opened with, in order, and how many are open now. */
  readonly opened: (readonly ToolName[])[]
  open_now(): number
}

export function memoryToolHosts(workspace: MemoryWorkspace): MemoryToolHosts {
  const opened: (readonly ToolName[])[] = []
  let open = 0
  const refuse = (content: string): ToolAnswer => ({ content, isError: true })
  return {
    opened,
    open_now: () => open,
    open: async (checkout, { allowed }) => {
      opened.push(allowed)
      open += 1
      const call = (tool: string, input: unknown): ToolAnswer => {
        const files = workspace.checkouts.get(checkout.path)
        if (!files) return refuse('the checkout is gone')
        if (!allowed.some((name) => name === tool)) return refuse(`${tool} is not for this role`)
        const { file_path, content } = input as { file_path: string; content: string }
        if (tool === 'read') return { content: files.get(file_path)?.text ?? '', isError: false }
        if (tool !== 'write') return refuse(`${tool} is not in memory`)
        files.set(file_path, { text: content, mode: '100644' })
        return { content: 'written', isError: false }
      }
      return {
        call: async (tool, input) => call(tool, input),
        close: async () => {
          open -= 1
        },
      }
    },
  }
}
