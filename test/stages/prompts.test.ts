import { describe, expect, it } from '@jest/globals'
import { checkSpec, fillPrompt, rolePrompt } from '../../src/agent/fill-prompt.ts'
import type { AgentSpec } from '../../src/ports/agents.ts'
import { coderSpec } from '../../src/stages/coding/coder/coder.ts'
import { intakeSpec } from '../../src/stages/intake/normaliser/normaliser.ts'
import { architectSpec } from '../../src/stages/planning/architect/architect.ts'
import { planReviewerSpec } from '../../src/stages/planning/plan-reviewer/plan-reviewer.ts'
import { demonstratorSpec } from '../../src/stages/reviewing/demonstrator/demonstrator.ts'
import { reviewerSpec } from '../../src/stages/reviewing/reviewer/reviewer.ts'
import { testerSpec } from '../../src/stages/specifying/tester/tester.ts'
import { prompt } from '../support/stages/stage-world.ts'

const ROLES: readonly AgentSpec<unknown>[] = [
  intakeSpec(prompt('intake/normaliser/prompt.md')),
  architectSpec(prompt('planning/architect/prompt.md')),
  planReviewerSpec(prompt('planning/plan-reviewer/prompt.md')),
  testerSpec(prompt('specifying/tester/prompt.md')),
  coderSpec(prompt('coding/coder/prompt.md')),
  coderSpec(prompt('coding/coder/prompt.md'), 'rework'),
  reviewerSpec(prompt('reviewing/reviewer/prompt.md')),
  demonstratorSpec(prompt('reviewing/demonstrator/prompt.md')),
]

const MESSAGES = [
  ['planning/architect/returned.md', 'notes'],
  ['specifying/tester/not-red.md', 'complaint'],
  ['coding/coder/returned.md', 'found'],
  ['coding/coder/not-green.md', 'complaint'],
  ['coding/coder/reworked.md', 'said'],
  ['coding/coder/refactor.md', 'locked'],
  ['coding/coder/answers-missing.md', 'missing'],
] as const

/** What a JSON schema in a prompt asks for by name, all levels. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const here = 'properties' in schema ? Object.keys(schema.properties as object) : []
  return [...here, ...Object.values(schema).flatMap(keysOf)]
}

describe('the prompt of a role', () => {
  it.each(ROLES)('uses exactly the variables that its stage gives: $role', (spec) => {
    expect(() => checkSpec(spec)).not.toThrow()
    expect(() => checkSpec({ ...spec, variables: [...spec.variables, 'extra'] })).toThrow('extra')
  })

  it.each(ROLES)('carries the schema of its result: $role', (spec) => {
    const values = Object.fromEntries(spec.variables.map((name) => [name, `value of ${name}`]))
    const filled = rolePrompt(spec, values)
    for (const name of spec.variables) expect(filled).toContain(`value of ${name}`)
    const schema: unknown = JSON.parse(/```json\n([\s\S]+)\n```\n$/.exec(filled)?.[1] ?? '')
    expect(keysOf(schema).length).toBeGreaterThan(2)
    expect(filled).not.toMatch(/\{\{/)
  })

  it.each(ROLES)('names no result field that the schema does not have: $role', (spec) => {
    const shown = rolePrompt(spec, Object.fromEntries(spec.variables.map((name) => [name, ''])))
    const schema: unknown = JSON.parse(/```json\n([\s\S]+)\n```\n$/.exec(shown)?.[1] ?? '')
    const keys = new Set(keysOf(schema))
    // Words in bold code or plain code that are written like a field: snake_case, or one of the list's leading names.
    const named = [...spec.prompt.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map((match) => match[1] ?? '')
    expect(named.filter((name) => !keys.has(name))).toEqual([])
  })

  it.each(ROLES)('is short enough to be read: $role', (spec) => {
    expect(spec.prompt.split(/\s+/).length).toBeLessThan(800)
  })

  it.each(ROLES)('answers with a schema that its own example fields satisfy or refuse: $role', (spec) => {
    expect(spec.output.safeParse({}).success).toBe(false)
    expect(spec.output.safeParse({ surprise: 1 }).success).toBe(false)
  })
})

describe('a message in a conversation', () => {
  it.each(MESSAGES)('uses exactly its variable: %s', (path, name) => {
    expect(fillPrompt(prompt(path), { [name]: 'this is put in' })).toContain('this is put in')
    expect(() => fillPrompt(prompt(path), {})).toThrow(name)
    expect(() => fillPrompt(prompt(path), { [name]: '', other: '' })).toThrow('other')
  })
})
