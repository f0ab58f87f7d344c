// Agents that follow a script: per role a list of conversations, each a list of answers. Prompts are filled for real.
import { fillPrompt } from '../../../src/agent/fill-prompt.ts'
import type {
  AgentAnswer,
  Agents,
  AgentSpec,
  AgentTask,
  Conversation,
  Meter,
  Role,
} from '../../../src/ports/agents.ts'
import type { ToolHost } from '../../../src/ports/tools.ts'

/** What an answer may look at and do before it is given. */
export interface Turn {
  readonly tools: ToolHost | undefined
  readonly message: string | undefined
  readonly write: (path: string, content: string) => Promise<void>
}
/** A result, parsed by the role's own schema; or a failure; or a function that works first and then says one of these. */
export type Scripted = Said | ((turn: Turn) => Promise<Said> | Said)
type Said =
  { readonly result: unknown } | { readonly fails: Extract<AgentAnswer<never>, { ok: false }>['code'] }

interface Heard {
  readonly role: Role
  readonly dossier: readonly string[]
  readonly prompt: string
  readonly messages: (string | undefined)[]
  readonly tools: ToolHost | undefined
  readonly limits: AgentSpec<unknown>['limits']
  readonly meter: Meter
}

export interface ScriptedAgents extends Agents {
  /** Every conversation that was begun, in order. */
  readonly heard: readonly Heard[]
  /** Answers that nobody asked for. */
  left(): number
}

export function scriptedAgents(script: Partial<Record<Role, Scripted[][]>>): ScriptedAgents {
  const waiting = new Map(
    Object.entries(script).map(([role, talks]) => [role, talks.map((talk) => [...talk])]),
  )
  const open: Scripted[][] = []
  const heard: Heard[] = []
  return {
    heard,
    left: () => [...open, ...[...waiting.values()].flat()].flat().length,
    begin<T>(spec: AgentSpec<T>, task: AgentTask): Conversation<T> {
      const talk = waiting.get(spec.role)?.shift()
      if (!talk) throw new Error(`no conversation is scripted for ${spec.role}`)
      open.push(talk)
      const messages: (string | undefined)[] = []
      const prompt = fillPrompt(spec.prompt, task.variables)
      const { dossier, tools, meter } = task
      heard.push({ role: spec.role, dossier, prompt, messages, tools, limits: spec.limits, meter })
      return { ask: (message) => answer(spec, { talk, messages, message, tools: task.tools }) }
    },
  }
}

async function answer<T>(
  spec: AgentSpec<T>,
  turn: {
    talk: Scripted[]
    messages: (string | undefined)[]
    message: string | undefined
    tools: ToolHost | undefined
  },
): Promise<AgentAnswer<T>> {
  const { talk, messages, message, tools } = turn
  messages.push(message)
  const next = talk.shift()
  if (!next) throw new Error(`the script of ${spec.role} has no more answers; it was told: ${message ?? ''}`)
  const write = async (path: string, content: string): Promise<void> => {
    const done = await tools?.call('write', { file_path: path, content }, new AbortController().signal)
    if (done?.isError !== false) throw new Error(done?.content ?? 'no tools')
  }
  const said = typeof next === 'function' ? await next({ tools, message, write }) : next
  return 'fails' in said
    ? { ok: false, code: said.fails, detail: `scripted ${said.fails}` }
    : { ok: true, output: spec.output.parse(said.result), turns: 1 }
}
