/** The trust gate: may the factory merge this head? All reasons against it, or none; pure, and asked anew each time. */
import { OWN_CHECK } from '../own-check.ts'
import type { Config } from '../config.ts'
import type { Evidence } from '../evidence.ts'
import type { ActorRef, ObjectId } from '../ids.ts'
import { matchGlob } from '../match-glob.ts'
import type { MergeDecision, MergeReason } from '../merge-decision.ts'
import { MERGE_REASONS } from '../merge-decision.ts'
import { isProtected } from '../paths.ts'
import type { Plan } from '../plan.ts'
import { RISKS } from '../plan.ts'
import type { Verdict } from '../review.ts'
import type { RunState } from '../state.ts'
import { oneLine } from '../untrusted.ts'
import { namesOf, riskOf } from './risk.ts'
import type { ChangedFile } from './risk-rules.ts'
import { isProse } from './risk-rules.ts'

/** From this level on the factory would merge by itself. */
const FIRST_MERGING_LEVEL = 3

export interface MergeFacts {
  /** What would be merged: the head that was read from the forge just now. */
  readonly head: ObjectId
  /** That head is what the factory published; else somebody pushed, and nothing of it was proved. */
  readonly headIsOurs: boolean
  readonly trust: Pick<Config['trust'], 'level' | 'scopes' | 'low_risk'>
  /** The config's globs of protected files. */
  readonly protected: Config['protected']
  /** The published change against its base. */
  readonly files: readonly ChangedFile[]
  readonly plan: Plan
  readonly evidence: Evidence
  readonly verdict: Verdict
  readonly hold: RunState['hold']
  readonly hiddenCharacters: number
  readonly requester: ActorRef
  /** Labels of the issue. */
  readonly labels: readonly string[]
  readonly pull: {
    /** Null while the forge has not worked it out. */
    readonly mergeable: boolean | null
    /** The base has commits that the head has not taken in. */
    readonly behind: boolean
    /** It goes into another branch than the one that the run began from. */
    readonly baseChanged: boolean
  }
  /** Undefined when nothing guards the base, or nobody may say. */
  readonly base:
    | {
        readonly upToDate: boolean
        readonly mergeQueue: boolean
        readonly requiredChecks: readonly string[]
        readonly approvals: number
      }
    | undefined
  /** Undefined before anybody could ask: they are pending then. Without our own check. */
  readonly checks:
    | readonly {
        readonly name: string
        readonly state: 'pending' | 'passed' | 'failed' | 'skipped'
        /** By another App than the rules of the base name for it. */
        readonly foreign?: boolean
      }[]
    | undefined
  readonly remarksOpen: number
  readonly changesRequestedBy: readonly ActorRef[]
  /** People with write permission whose last review approves this very head. */
  readonly approvedBy: readonly ActorRef[]
}

type Found = Partial<Record<MergeReason, string>>

const logins = (people: readonly ActorRef[]): string => namesOf(people.map(({ login }) => login))

/** Old and new names: moving a file out of a protected folder is a change of that folder. */
function pathsOf(files: readonly ChangedFile[]): string[] {
  return files.flatMap(({ path, previousPath }) =>
    previousPath === undefined ? [path] : [path, previousPath],
  )
}

/** A queue tests what it merges on the newest base by itself, and our check proves it there again. */
function isQueued({ base }: MergeFacts): boolean {
  return base !== undefined && base.mergeQueue && base.requiredChecks.includes(OWN_CHECK)
}

function isPinned(facts: MergeFacts): boolean {
  return facts.base?.upToDate === true || isQueued(facts)
}

/** What the repository's level allows. Below the merging levels the level is the whole answer. */
function againstLevel(facts: MergeFacts, risk: Plan['risk']): Found {
  const { level } = facts.trust
  if (level < FIRST_MERGING_LEVEL) return { trust_level: `it is ${level}` }
  const most = level === 3 ? 'low' : level === 4 ? 'medium' : 'high'
  const tooHigh = RISKS.indexOf(risk) > RISKS.indexOf(most)
  return {
    ...(tooHigh ? { risk_too_high: `it is ${risk}, and level ${level} merges up to ${most}` } : {}),
    ...(level === 4 ? outOfScope(facts) : {}),
    ...(isPinned(facts) ? {} : { base_not_pinned: '' }),
  }
}

/** Every changed path and at least one label of the issue; an empty scope is nowhere. */
function outOfScope({ trust, files, labels }: MergeFacts): Found {
  const inside = matchGlob(trust.scopes.paths)
  const outside = pathsOf(files).filter((path) => !inside(path))
  const wanted = trust.scopes.labels.map((label) => label.toLowerCase())
  const labelled = labels.some((label) => wanted.includes(label.toLowerCase()))
  const details = [
    ...(outside.length > 0 ? [`${namesOf(outside)} outside \`trust.scopes.paths\``] : []),
    ...(files.length === 0 ? ['no changed file could be read'] : []),
    ...(labelled ? [] : ['the issue has no label of `trust.scopes.labels`']),
  ]
  return details.length > 0 ? { out_of_scope: details.join('; ') } : {}
}

function againstPaths({ files, protected: globs }: MergeFacts): Found {
  const paths = pathsOf(files)
  const own = paths.filter(isProtected)
  const guarded = paths.filter(matchGlob(globs))
  return {
    ...(own.length > 0 ? { own_files: namesOf(own) } : {}),
    ...(guarded.length > 0 ? { protected_path: namesOf(guarded) } : {}),
  }
}

/** Only what passed counts as passed: skipped, missing, or reported by somebody else is none of it. */
function againstChecks({ checks, base }: MergeFacts): Found {
  if (checks === undefined) return { checks_pending: '' }
  const named = (state: string): string[] =>
    checks.filter((check) => check.state === state).map(({ name }) => name)
  const foreign = checks.filter((check) => check.foreign === true || check.name === OWN_CHECK)
  const passed = named('passed').filter((name) => !foreign.some((check) => check.name === name))
  const reported = new Set([...named('pending'), ...named('failed')])
  const required = (base?.requiredChecks ?? []).filter((name) => name !== OWN_CHECK)
  const missing = required.filter((name) => !passed.includes(name) && !reported.has(name))
  const nothing =
    required.length === 0 && passed.length === 0 ? "none of the repository's own has passed" : ''
  return {
    // Without names: they change with every check that ends, and each change would be a write.
    ...(named('pending').length > 0 ? { checks_pending: '' } : {}),
    ...(named('failed').length > 0 ? { checks_failed: namesOf(named('failed'), 5) } : {}),
    ...(missing.length > 0 ? { checks_missing: namesOf(missing, 5) } : {}),
    ...(nothing === '' ? {} : { checks_missing: nothing }),
    ...(foreign.length > 0
      ? {
          checks_foreign: namesOf(
            foreign.map(({ name }) => name),
            5,
          ),
        }
      : {}),
  }
}

function againstPeople(facts: MergeFacts): Found {
  const { approvedBy, changesRequestedBy, requester, remarksOpen, hold } = facts
  const others = new Set(approvedBy.map(({ id }) => id).filter((id) => id !== requester.id))
  const wanted = facts.base?.approvals ?? 0
  return {
    ...(hold === null ? {} : { on_hold: `by ${logins([hold.by])}` }),
    ...(remarksOpen > 0 ? { remarks_open: String(remarksOpen) } : {}),
    ...(changesRequestedBy.length > 0 ? { changes_requested: `by ${logins(changesRequestedBy)}` } : {}),
    ...(others.size < wanted ? { approvals_missing: `${others.size} of ${wanted}` } : {}),
  }
}

function againstPull(facts: MergeFacts): Found {
  const { pull, headIsOurs, base, trust } = facts
  const wanted = !isQueued(facts) && (base?.upToDate === true || trust.level >= FIRST_MERGING_LEVEL)
  return {
    ...(headIsOurs ? {} : { head_moved: '' }),
    ...(pull.baseChanged ? { base_changed: '' } : {}),
    ...(pull.mergeable === false ? { conflicts: '' } : {}),
    ...(pull.mergeable === null ? { not_known_yet: '' } : {}),
    ...(pull.behind && wanted ? { behind_base: '' } : {}),
  }
}

/** What the factory itself left open. Prose needs no test; anything else that none proves needs a person. */
function againstProof({ evidence, verdict, files, hiddenCharacters }: MergeFacts): Found {
  const { total, tried, unproved } = evidence.hunks
  const open = unproved.length + Math.max(0, total - tried)
  const findings = verdict.findings.filter(
    ({ severity, standing }) => severity === 'blocking' || standing === 'demonstrated',
  )
  const tested = evidence.criteria.some(({ green, red }) => green && (red === 'assertion' || red === 'weak'))
  const prose = files.length > 0 && files.every(({ path }) => isProse(path))
  return {
    ...(open > 0 ? { unproved_hunks: String(open) } : {}),
    ...(findings.length > 0 ? { findings_open: String(findings.length) } : {}),
    ...(tested || prose ? {} : { not_tested: '' }),
    ...(hiddenCharacters > 0 ? { hidden_text: '' } : {}),
  }
}

/** Reasons come in one order and details sorted, so that the same facts are the same answer, byte for byte. */
export function decideMerge(facts: MergeFacts): MergeDecision {
  const { risk, because } = riskOf(facts.files, facts.plan.risk, facts.trust.low_risk)
  const found: Found = {
    ...againstLevel(facts, risk),
    ...againstPaths(facts),
    ...againstPull(facts),
    ...againstChecks(facts),
    ...againstPeople(facts),
    ...againstProof(facts),
  }
  const reasons = MERGE_REASONS.flatMap((code) => {
    const detail = found[code]
    return detail === undefined ? [] : [{ code, detail: oneLine(detail, 400) }]
  })
  return { head: facts.head, risk, risk_because: because.map((text) => oneLine(text, 300)), reasons }
}
