/** Issues by the dozen: two small repositories with as many copies of their one file, and honest work on each of them. */
import type { Role } from '../../src/ports/agents.ts'
import { HANDBOOK_SHAPE } from './other-repositories.ts'
import { startRoleModel, UNDERSTOOD } from './role-model.ts'
import type { RoleModel, RoleScripts } from './role-model.ts'
import { submit } from './scripted-model.ts'
import type { AskedRequest, TimedReply } from './scripted-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from './small-repository.ts'

/** How the issues of a repository end, by what its config lets the factory do. */
export const FLEET_ENDS = {
  /** A draft whose criterion is proved by a test: all of the line. */
  proved: {
    headline: '✅ The draft pull request is ready for you',
    roles: ['intake', 'architect', 'plan_reviewer', 'tester', 'coder', 'reviewer'],
  },
  /** A draft in a repository of nothing but prose: no test to write, and none to run. */
  draft: {
    headline: '✅ The draft pull request is ready for you',
    roles: ['intake', 'architect', 'plan_reviewer', 'coder', 'reviewer'],
  },
  /** The same at trust level 1: nothing is pushed. */
  patch: {
    headline: '📝 The patch is proposed',
    roles: ['intake', 'architect', 'plan_reviewer', 'coder', 'reviewer'],
  },
  /** `gates.plan: human`: it asks for nothing more until somebody comes. */
  plan: {
    headline: '✋ The plan waits for your approval',
    roles: ['intake', 'architect', 'plan_reviewer'],
  },
  /** The intake agent lacks a fact, and the run waits for an answer. */
  question: { headline: '❓ I need a few facts first', roles: ['intake'] },
} as const satisfies Record<string, { headline: string; roles: readonly Role[] }>
export type FleetEnd = keyof typeof FLEET_ENDS

const CONFIG: Partial<Record<FleetEnd, string>> = {
  patch: 'trust:\n  level: 1\n',
  plan: 'gates:\n  plan: human\n',
}

interface Shape {
  readonly files: Readonly<Record<string, string>>
  readonly issue: { readonly title: string; readonly body: string }
  readonly work: RoleScripts
}

const SMALL: Shape = { files: SMALL_REPOSITORY, issue: SMALL_ISSUE, work: HONEST_WORK }
const ASKING = { intake: [submit({ ...UNDERSTOOD, questions: ['Which address is read?'] })] }

function shapeOf(end: FleetEnd): Shape {
  if (end === 'proved') return SMALL
  return end === 'question' ? { ...HANDBOOK_SHAPE, work: ASKING } : HANDBOOK_SHAPE
}

/** The copy of a shape that one request is about: no two of them write the same file, or ask a model the same. */
function copied<T>(part: T, request: number): T {
  const text = JSON.stringify(part)
  return JSON.parse(
    text.replaceAll(/\b(docs\/handbook|(?:lib|test)\/(?:sum|first))\b/g, `$1-${request}`),
  ) as T
}

export function fleetFiles(end: FleetEnd, requests: readonly number[]): Readonly<Record<string, string>> {
  const { files } = shapeOf(end)
  const config = CONFIG[end]
  const copies = requests.flatMap((request) => Object.entries(copied(files, request)))
  return {
    ...Object.fromEntries(copies),
    ...(config === undefined ? {} : { '.github/millwright.yml': config }),
  }
}

export function fleetIssue(end: FleetEnd, request: number): { title: string; body: string } {
  const { title, body } = copied(shapeOf(end).issue, request)
  return { title: `${title} (${request})`, body: `${body}\n\nThis is request ${request}.` }
}

/** Which request a question to the model is about. Titles of other issues may stand in it, and no other body. */
export function requestOf({ raw }: Pick<AskedRequest, 'raw'>): number {
  return Number(/This is request (\d+)\./.exec(raw)?.[1])
}

/** Answers each role by what its request is about, however many runs ask at once. */
export function startFleetModel(endOf: (request: number) => FleetEnd, delayMs: number): Promise<RoleModel> {
  const answer = (role: Role) => (asked: AskedRequest) => {
    const request = requestOf(asked)
    const replies = shapeOf(endOf(request)).work[role]
    const [reply] = Array.isArray(replies) ? (replies as readonly TimedReply[]) : []
    return reply && { ...copied(reply, request), delayMs }
  }
  return startRoleModel(Object.fromEntries(FLEET_ENDS.proved.roles.map((role) => [role, answer(role)])))
}
