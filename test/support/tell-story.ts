/** Tells a story: people do what it says, one thing after the other, and the news of it has its fates. */
import type { Delivery } from '../../src/adapters/local-forge/delivery.ts'
import type { Issue } from '../../src/adapters/local-forge/world.ts'
import { APP_SLUG, LABEL } from '../../src/app/demo/factory-floor.ts'
import { issueOfPull } from '../../src/core/pull-marker.ts'
import { FLAVOURS } from './scripted-stages.ts'
import { nameOf } from './story-script.ts'
import type { Fate, IssueDeed, Step, Story } from './story-script.ts'
import type { StoryWorld } from './story-world.ts'

export interface Told {
  /** For each step, whether it could be done: what only a run makes possible may be there in one world alone. */
  readonly done: readonly boolean[]
  /** The issues, by the number of their repository. */
  readonly issues: readonly { readonly repository: number; readonly number: number }[]
}

const DAY_MS = 24 * 3_600_000
const SWEEP_EVERY_MS = 5 * 60_000
/** What failed is asked for again by the first, and what that led to is seen by the second. */
const SWEEPS = 2

/** Tells the story from its first word to where nothing moves any more. Without fates every delivery comes as it is sent. */
export async function tell(world: StoryWorld, story: Story, fates?: readonly Fate[]): Promise<Told> {
  const cast = { world, story, names: story.issues.map(({ repository }) => nameOf(repository)) }
  const mail = createMail(world)
  world.disturb((delivery) => mail.fateOf(delivery))
  const numbers = openIssues(cast)
  const issues = numbers.map((number, index) => ({
    repository: world.forge.repo(cast.names[index] ?? '').id,
    number,
  }))
  await world.sweep()
  await world.rest()
  const done: boolean[] = []
  for (const [index, step] of story.steps.entries()) {
    mail.begin(index, fates?.[index] ?? 'as_is')
    if ('pause' in step) world.clock.pass(step.pause * 1000)
    done.push(await act(cast, step, numbers))
    await world.rest()
    // What is late comes later than all that was said by then, also as GitHub tells time.
    world.clock.pass(1000)
    await mail.end(index)
  }
  await mail.endAll()
  if (story.worksFirst) world.allowAll()
  await world.rest()
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) await sweepLater(world)
  world.allowAll()
  await world.rest()
  await sweepLater(world)
  // What no list shows, an issue that is gone, is met once a day.
  world.clock.pass(DAY_MS)
  await sweepLater(world)
  return { done, issues }
}

async function sweepLater(world: StoryWorld): Promise<void> {
  world.clock.pass(SWEEP_EVERY_MS)
  await world.sweep()
  await world.rest()
}

interface Cast {
  readonly world: StoryWorld
  readonly story: Story
  /** Full names of the issues' repositories, as they are now. */
  readonly names: string[]
}

/** Yesterday: a label that comes with its issue starts nothing. */
function openIssues({ world, story, names }: Cast): readonly number[] {
  const createdAt = new Date(Date.parse(world.clock.now()) - 24 * 3_600_000).toISOString()
  return story.issues.map(({ flavour }, index) =>
    world.forge
      .as('alice')
      .openIssue(names[index] ?? '', { title: 'Keep it', body: FLAVOURS[flavour], createdAt }),
  )
}

/** False where it could not be done. */
async function act(cast: Cast, step: Step, numbers: readonly number[]): Promise<boolean> {
  const { world, names } = cast
  if (step.what === 'sweep') {
    await sweepLater(world)
    return true
  }
  const number = numbers[step.issue] ?? 0
  const name = names[step.issue] ?? ''
  const repo = world.forge.repo(name)
  if (step.what === 'go') {
    world.allow(`${repo.id}#${number}`, step.works)
    return true
  }
  if (step.what === 'rename') {
    const renamed = `${repo.name}-`
    world.forge.as('alice').renameRepository(name, renamed)
    for (const [index, known] of names.entries()) if (known === name) names[index] = `acme/${renamed}`
    return true
  }
  const issue = repo.issues.get(number)
  if (!issue || issue.deleted) return false
  const flavour = cast.story.issues[step.issue]?.flavour ?? 'plain'
  return actOn({ world, name, issue, text: FLAVOURS[flavour] }, step.what)
}

interface Place {
  readonly world: StoryWorld
  readonly name: string
  readonly issue: Issue
  /** What the issue said at first. */
  readonly text: string
}

async function actOn(place: Place, what: IssueDeed): Promise<boolean> {
  const { world, name, issue } = place
  const { number } = issue
  const [alice, bob] = [world.forge.as('alice'), world.forge.as('bob')]
  const hasLabel = issue.labels.some((label) => label.name === LABEL)
  const when = async (holds: boolean, deed: () => unknown): Promise<boolean> => {
    if (holds) await deed()
    return holds
  }
  switch (what) {
    case 'label':
      return when(!hasLabel, () => alice.label(name, number, LABEL))
    case 'unlabel':
      return when(hasLabel, () => bob.unlabel(name, number, LABEL))
    case 'close':
      return when(issue.state === 'open', () => bob.closeIssue(name, number))
    case 'reopen':
      return when(issue.state === 'closed', () => bob.reopenIssue(name, number))
    case 'delete':
      return when(true, () => alice.deleteIssue(name, number))
    case 'lock':
      return when(!issue.locked, () => alice.lockIssue(name, number))
    case 'unlock':
      return when(issue.locked, () => alice.unlockIssue(name, number))
    case 'edit':
      return when(true, () => alice.editIssue(name, number, { body: `${issue.body ?? ''} And more.` }))
    case 'edit_back':
      return when(issue.body !== place.text, () => alice.editIssue(name, number, { body: place.text }))
    case 'talk':
      return when(true, () => alice.comment(name, number, 'The first part of it.'))
    case 'approve':
      return approve(place)
    case 'merge':
    case 'close_pull':
    case 'reopen_pull':
    case 'push':
    case 'review':
      return actOnPull(place, what)
    default:
      return when(true, () => alice.comment(name, number, what))
  }
}

/** As somebody says it who has read the state comment. */
async function approve({ world, name, issue }: Place): Promise<boolean> {
  const state = (await world.store.intent(`${world.forge.repo(name).id}#${issue.number}`))?.state
  const at = state?.at
  const from = at && 'from' in at ? at.from : at
  const hash =
    at?.stage === 'awaiting_approval'
      ? at.plan_hash
      : at?.stage === 'paused' && at.reason.code === 'publish_gate' && from?.stage === 'publishing'
        ? from.evidence.tree
        : undefined
  if (hash !== undefined)
    world.forge.as('alice').comment(name, issue.number, `/mill approve ${hash.slice(0, 10)}`)
  return hash !== undefined
}

export function pullsOf(world: StoryWorld, name: string, issue: number): readonly Issue[] {
  const bot = `${APP_SLUG}[bot]`
  return [...world.forge.repo(name).issues.values()].filter(
    ({ pull, author, body }) =>
      pull !== undefined && author.account.login === bot && issueOfPull(body ?? '') === issue,
  )
}

async function actOnPull(
  { world, name, issue }: Place,
  what: 'merge' | 'close_pull' | 'reopen_pull' | 'push' | 'review',
): Promise<boolean> {
  const alice = world.forge.as('alice')
  const found = pullsOf(world, name, issue.number).at(-1)
  if (!found?.pull || found.pull.merged) return false
  const { number, state, pull } = found
  if (what === 'reopen_pull') {
    if (state === 'closed') await alice.reopenIssue(name, number)
    return state === 'closed'
  }
  if (state === 'closed') return false
  if (what === 'merge') {
    await alice.markReady(name, number)
    await alice.merge(name, number)
  } else if (what === 'close_pull') await alice.closeIssue(name, number)
  else if (what === 'push')
    await alice.push(name, { branch: pull.headBranch, message: 'Mine', files: { mine: 'x\n' } })
  else await alice.review(name, number, { state: 'COMMENTED', body: 'What about an empty text?' })
  return true
}

/** Hands out fates, and holds back what is late. */
function createMail(world: StoryWorld) {
  const held: { readonly until: number; readonly release: () => void }[] = []
  let step = -1
  let now: Fate = 'as_is'
  /** One after the other: what arrives at the same moment could be taken in in any order. */
  const releaseDue = async (reached: number): Promise<void> => {
    for (const one of held.splice(0)) {
      if (one.until > reached) {
        held.push(one)
        continue
      }
      one.release()
      await world.rest()
    }
  }
  return {
    begin(index: number, its: Fate): void {
      step = index
      now = its
    },
    end: releaseDue,
    async endAll(): Promise<void> {
      now = 'as_is'
      await releaseDue(Infinity)
    },
    fateOf({ redelivery, payload }: Delivery): ReturnType<Parameters<StoryWorld['disturb']>[0]> {
      const { sender } = payload as { sender?: { type?: string } }
      // What the App itself does is told of without fail: it knows.
      const its: Fate = redelivery || sender?.type !== 'User' ? 'as_is' : now
      if (its === 'lost') return { kind: 'lost' }
      if (its === 'failed') return { kind: 'failed', status: 503 }
      if (typeof its === 'string') {
        const times = its === 'twice' ? 2 : 1
        world.expect(times)
        return { kind: 'sent', times }
      }
      const until = step + its.late
      const after = new Promise<void>((resolve) => {
        const release = (): void => {
          world.expect(1)
          resolve()
        }
        held.push({ until, release })
      })
      return { kind: 'sent', after }
    },
  }
}
