/** Recognises failures that come of a symbol or module that is not there yet, and whether the plan introduces it. */
import type { Plan } from '../../core/plan.ts'

// Group 1 is the name of what is missing. Each pattern is one runtime's or bundler's own wording.
const MISSING = [
  /does not provide an export named ['"]([^'"]+)['"]/,
  /Named export ['"]([^'"]+)['"] not found/,
  /No (?:matching )?export (?:named )?["']([^'"]+)["']/,
  /Cannot find (?:module|package) ['"]([^'"]+)['"]/,
  /Failed to resolve import ["']([^'"]+)["']/,
  /Could not resolve ["']([^'"]+)["']/,
  /cannot import name ['"]([^'"]+)['"]/,
  /No module named ['"]?([\w.]+)['"]?/,
  /has no attribute ['"]([^'"]+)['"]/,
  /name ['"](\w+)['"] is not defined/,
  /(?:^|: )(?:\(0 ?, ?)?([\w$.]+)\)?(?:\(\.\.\.\))? is not a (?:function|constructor)/,
  /(?:^|: )([\w$]+) is not defined/,
  /Cannot read propert(?:y|ies) (?:['"](\w+)['"] )?of undefined/,
  /undefined: ([\w.]+)/,
]

/** The last part of a name: `lib.clamp` and `../src/clamp.js` are both about `clamp`. */
function lastPart(name: string): string {
  const file = name.split('/').at(-1) ?? ''
  const stem = file.replace(/\.(?:[cm]?[jt]sx?|py|json)$/, '')
  return stem.split('.').at(-1) ?? ''
}

const normal = (word: string): string => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** What a failure says is missing, or undefined when it says nothing of the kind (a syntax error, for one). */
function missingSymbol(message: string): string | undefined {
  for (const pattern of MISSING) {
    const name = pattern.exec(message)?.[1]
    if (name !== undefined) return lastPart(name)
  }
  return undefined
}

/** True when the plan says for this criterion that it introduces what the failure misses. */
export function isIntroduced(message: string, criterion: string, plan: Plan): boolean {
  const proof = plan.criteria.find((each) => each.id === criterion)?.proof
  if (proof?.kind !== 'test' || proof.introduces === null) return false
  const missing = missingSymbol(message)
  if (missing === undefined || normal(missing) === '') return false
  const words = proof.introduces.split(/[\s`'"(),;:/.#]+/).map(normal)
  const added = plan.files.filter((file) => file.change === 'add').map((file) => normal(lastPart(file.path)))
  return [...words, ...added].includes(normal(missing))
}
