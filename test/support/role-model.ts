/** A scripted model that is asked by role: each role has its own list of replies, whatever the others do meanwhile. */
import type { Role } from '../../src/ports/agents.ts'
import type { IntakeAnswer } from '../../src/stages/intake/normaliser/normaliser.ts'
import type { AskedRequest, Replier, ScriptedModel, ScriptedReply, TimedReply } from './scripted-model.ts'
import { call, startScriptedModel, submit } from './scripted-model.ts'

/** What an intake agent makes of an issue that leaves nothing open; with `questions` it asks instead. */
export const UNDERSTOOD: IntakeAnswer = {
  problem: 'It does not do what the issue says.',
  wanted: 'It does what the issue says.',
  kind: 'bug',
  hints: [],
  links: [],
  assumptions: [],
  duplicates: [],
  questions: [],
}

/** One reply per turn of the role over the whole run, or one function for all its turns. */
export type RoleScripts = Partial<Record<Role, readonly (TimedReply | Replier)[] | Replier>>

export interface RoleModel extends ScriptedModel {
  /** The roles in the order in which they asked, one entry per request. */
  roles(): string[]
  askedBy(role: Role): AskedRequest[]
}

function roleOf(request: AskedRequest): string {
  return String(request.headers['x-millwright-role'])
}

/**
 * Asking more often than the script has replies is answered with 400, which ends the run as `model_rejected`. A story
 * that does not mention the intake agent has one that understands.
 */
export async function startRoleModel(story: RoleScripts): Promise<RoleModel> {
  const scripts: RoleScripts = { intake: () => submit(UNDERSTOOD), ...story }
  const turns = new Map<string, number>()
  const model = await startScriptedModel((request) => {
    const role = roleOf(request)
    const turn = turns.get(role) ?? 0
    turns.set(role, turn + 1)
    const script = scripts[role as Role]
    const scripted = typeof script === 'function' ? script : script?.[turn]
    return typeof scripted === 'function' ? scripted(request) : scripted
  })
  return {
    ...model,
    roles: () => model.asked.map(roleOf),
    askedBy: (role) => model.asked.filter((request) => roleOf(request) === role),
  }
}

/** Several tool calls in one reply, each with an id of its own. */
export function calls(...made: readonly (readonly [tool: string, input: unknown])[]): ScriptedReply {
  return { content: made.map(([tool, input], index) => call(tool, input, `toolu_${index}_${tool}`)) }
}

/** Writes the files and hands the result in, all in one turn. */
export function writeAndSubmit(files: Readonly<Record<string, string>>, result: unknown): ScriptedReply {
  const writes = Object.entries(files).map(
    ([file_path, content]) => ['write', { file_path, content }] as const,
  )
  return calls(...writes, ['submit', { result }])
}
