/** What people do in a story, and what becomes of the deliveries that tell of it. */
import fc from 'fast-check'
import { FLAVOURS } from './scripted-stages.ts'
import type { Flavour } from './scripted-stages.ts'
import { LINE } from './story-world.ts'

/** What one person does to one issue or its pull request. */
const DEEDS = [
  'label',
  'unlabel',
  'close',
  'reopen',
  'delete',
  'lock',
  'unlock',
  'edit',
  'edit_back',
  'talk',
  'approve',
  'merge',
  'close_pull',
  'reopen_pull',
  'push',
  'review',
  '/mill stop',
  '/mill pause',
  '/mill resume',
  '/mill retry',
  '/mill retry intake',
  '/mill hold',
  '/mill unhold',
  '/mill status',
] as const
export type IssueDeed = (typeof DEEDS)[number]

export type Step =
  | { readonly what: IssueDeed | 'rename'; readonly issue: number; readonly pause: number }
  /** The factory gets on with the issue's run: so many works of the line may be done. */
  | { readonly what: 'go'; readonly issue: number; readonly works: number }
  | { readonly what: 'sweep' }

/** Of the deliveries that one step causes. `late`: arrives after so many more steps, and they overtake it. */
export type Fate = 'as_is' | 'twice' | 'lost' | 'failed' | { readonly late: number }

export interface Story {
  /** One issue for each, in the order of the repositories that they are dealt to. */
  readonly issues: readonly { readonly flavour: Flavour; readonly repository: number }[]
  readonly steps: readonly Step[]
  /** The same story on several bad days: what becomes of the news of each step. */
  readonly days: readonly (readonly Fate[])[]
  /** What waits for leave at the end goes on before the sweeps come, as it does in life, or after them. */
  readonly worksFirst: boolean
}

const REPOSITORIES = ['red', 'green', 'blue']

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('as_is' as const) },
  { weight: 1, arbitrary: fc.constant('twice' as const) },
  { weight: 2, arbitrary: fc.constant('lost' as const) },
  { weight: 1, arbitrary: fc.constant('failed' as const) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }).map((late) => ({ late })) },
)

/** Seconds. Never none: GitHub tells the time in seconds, and of two things in one nobody can say which was first. */
const pause = fc.constantFrom(1, 1, 2, 40)

/** What one person does, or several, one after the other: `go` and a number lets so many works of the line be done. */
const CHAPTERS: readonly (readonly (IssueDeed | `go ${number}`)[])[] = [
  ['label'],
  ['label', 'go 7'],
  ['unlabel'],
  ['go 4', 'unlabel'],
  ['go 2', 'close'],
  ['unlabel', 'label'],
  ['unlabel', 'label', 'unlabel'],
  ['close', 'reopen'],
  ['close', 'reopen', 'unlabel', 'label'],
  ['lock', 'unlock'],
  ['lock'],
  ['edit'],
  ['edit', 'edit_back'],
  ['edit', 'unlabel', 'label'],
  ['go 3', 'talk', 'approve'],
  ['go 7', 'approve', 'merge'],
  ['go 7', 'close_pull'],
  ['go 7', 'close_pull', 'reopen_pull'],
  ['go 7', 'review', 'push'],
  ['/mill stop'],
  ['/mill stop', 'unlabel', 'label'],
  ['/mill pause', '/mill resume'],
  ['/mill pause', 'go 5', '/mill retry'],
  ['/mill hold', '/mill unhold'],
  ['/mill hold'],
  ['go 1', '/mill retry intake', '/mill status'],
  ['delete'],
]
/** What puts back what was there before: one of two that make no sense twice in a row. */
const BACK: Partial<Record<IssueDeed, IssueDeed>> = {
  label: 'unlabel',
  close: 'reopen',
  lock: 'unlock',
}

/** Half of all that happens, happens to the first issue: what is worth telling comes of several deeds to one. */
function someIssue(issues: number): fc.Arbitrary<number> {
  return fc.oneof(fc.constant(0), fc.nat({ max: issues - 1 }))
}

function chapterOf(issues: number): fc.Arbitrary<readonly Step[]> {
  const told = fc.record({ deeds: fc.constantFrom(...CHAPTERS), issue: someIssue(issues), pause })
  const rename = fc.record({ what: fc.constant('rename' as const), issue: someIssue(issues), pause })
  return fc.oneof(
    {
      weight: 8,
      arbitrary: told.map(({ deeds, issue, pause: its }) =>
        deeds.map((what): Step => {
          if (what.startsWith('go ')) return { what: 'go', issue, works: Number(what.slice(3)) }
          return { what: what as IssueDeed, issue, pause: its }
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({
          what: fc.constant('go' as const),
          issue: someIssue(issues),
          works: fc.integer({ min: 1, max: LINE.length }),
        })
        .map((step) => [step]),
    },
    { weight: 1, arbitrary: fc.constant([{ what: 'sweep' } as const]) },
    { weight: 1, arbitrary: rename.map((step) => [step]) },
  )
}

/** Turns a second labelling into its undoing, and so on: people cannot do what is done. */
function feasible(steps: readonly Step[]): readonly Step[] {
  const undone = new Set<string>()
  return steps.map((step) => {
    const pair = Object.entries(BACK).find((both) => (both as readonly string[]).includes(step.what))
    if (!pair || !('pause' in step)) return step
    const [there, back] = pair as [IssueDeed, IssueDeed]
    const name = `${step.issue} ${there}`
    const isBack = undone.delete(name)
    if (!isBack) undone.add(name)
    return { ...step, what: isBack ? back : there } as Step
  })
}

const flavour = fc.oneof(
  { weight: 4, arbitrary: fc.constant('plain' as const) },
  { weight: 3, arbitrary: fc.constantFrom(...(Object.keys(FLAVOURS) as Flavour[])) },
)

/** Seven chapters of four steps, and the first label. */
const MOST_STEPS = 29
/** A story is told undisturbed once for all of them. */
const DAYS = 3

export const arbitraryStory: fc.Arbitrary<Story> = fc
  .array(fc.record({ flavour, repository: fc.nat({ max: REPOSITORIES.length - 1 }) }), {
    minLength: 2,
    maxLength: 4,
  })
  .chain((issues) =>
    fc.record({
      issues: fc.constant(issues),
      steps: fc
        .tuple(
          // A story in which nobody labels anything is short.
          fc.record({ what: fc.constant('label' as const), issue: fc.constant(0), pause }),
          fc.array(chapterOf(issues.length), { minLength: 3, maxLength: 7, size: 'max' }),
        )
        .map(([label, rest]) => feasible([label, ...rest.flat()])),
      days: fc.array(fc.array(fate, { minLength: MOST_STEPS, maxLength: MOST_STEPS }), {
        minLength: DAYS,
        maxLength: DAYS,
      }),
      worksFirst: fc.boolean(),
    }),
  )

export function nameOf(repository: number): string {
  return `acme/${REPOSITORIES[repository] ?? ''}`
}

/** For a message: who did what to which issue, and what became of the news. */
export function describeStory({ issues, steps, worksFirst }: Story, fates: readonly Fate[]): string {
  const told = (its: Fate): string =>
    typeof its === 'string' ? its.replace('_', ' ') : `${its.late} steps late`
  return [
    ...issues.map(({ flavour: its, repository }, index) => `issue ${index} in ${nameOf(repository)}: ${its}`),
    ...steps.map((step, index) => {
      if (step.what === 'sweep') return `${index}. a sweep`
      if (step.what === 'go') return `${index}. ${step.works} works of issue ${step.issue} may be done`
      return `${index}. ${step.pause} s later ${step.what} (issue ${step.issue}): ${told(fates[index] ?? 'as_is')}`
    }),
    worksFirst ? 'then the runs go on, and then it is swept' : 'then it is swept, and then the runs go on',
  ].join('\n')
}

/** Those that the story is about. */
export function repositoriesOf({ issues }: Story): readonly string[] {
  return REPOSITORIES.filter((_name, index) => issues.some(({ repository }) => repository === index))
}
