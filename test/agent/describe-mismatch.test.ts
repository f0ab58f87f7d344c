/** A complaint names the place, what was expected and what came. */
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { describeMismatch } from '../../src/agent/describe-mismatch.ts'

function complaint(schema: z.ZodType, value: unknown): string {
  const { error } = schema.safeParse(value)
  if (!error) throw new Error('the value matches')
  return describeMismatch(error, value)
}

describe('describeMismatch', () => {
  it('names nested places', () => {
    const schema = z.strictObject({ list: z.array(z.strictObject({ id: z.string() })) })
    expect(complaint(schema, { list: [{ id: 'a' }, {}] })).toBe('- list[1].id: expected string, got nothing')
  })

  it('names the whole value, allowed values, and keys too many', () => {
    expect(complaint(z.object({}), 'x')).toBe('- (the whole value): expected object, got "x"')
    expect(complaint(z.enum(['a', 'b']), 'c')).toBe('- (the whole value): expected one of "a", "b", got "c"')
    expect(complaint(z.strictObject({}), { z: 1 })).toContain('expected no key "z"')
  })

  it('shows the branch of a union that came nearest', () => {
    const schema = z.union([
      z.strictObject({ kind: z.literal('a'), x: z.string(), y: z.string() }),
      z.strictObject({ kind: z.literal('b'), n: z.number() }),
    ])
    expect(complaint(schema, { kind: 'b', n: 'one' })).toBe('- n: expected number, got "one"')
  })

  it('stays short', () => {
    const lines = complaint(
      z.array(z.string()),
      Array.from({ length: 40 }, () => 1),
    ).split('\n')
    expect(lines).toHaveLength(13)
    expect(lines.at(-1)).toBe('- and 28 more')
  })
})
