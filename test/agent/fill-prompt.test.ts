/** Prompts are filled exactly: no variable is missing, left over, or read out of a value. */
import { describe, expect, it } from '@jest/globals'
import { checkSpec, fillPrompt, rolePrompt } from '../../src/agent/fill-prompt.ts'
import { FRUIT_SPEC } from '../support/agent-bench.ts'

describe('fillPrompt', () => {
  it('puts values in, all of them, everywhere', () => {
    expect(fillPrompt('{{a}} and {{b}} and {{a}}', { a: 'x', b: 'y' })).toBe('x and y and x')
  })

  it('leaves no empty paragraph for an empty value', () => {
    expect(fillPrompt('One.\n\n{{a}}\n\nTwo.', { a: '' })).toBe('One.\n\nTwo.')
    expect(fillPrompt('One.\n\n{{a}}\n\nTwo.', { a: 'x' })).toBe('One.\n\nx\n\nTwo.')
  })

  it('leaves braces inside a value alone', () => {
    expect(fillPrompt('{{a}}{{b}}', { a: '{{b}} $& $1', b: 'y' })).toBe('{{b}} $& $1y')
  })

  it('refuses a value that is missing or not used', () => {
    expect(() => fillPrompt('{{a}} {{b}}', { a: 'x' })).toThrow('uses {{b}}, which nobody provides')
    expect(() => fillPrompt('{{a}}', { a: 'x', b: 'y' })).toThrow('is given b but does not use it')
  })
})

describe('checkSpec', () => {
  it('accepts a prompt whose variables are the declared ones', () => {
    expect(() => checkSpec(FRUIT_SPEC)).not.toThrow()
  })

  it.each([
    ['Count {{what}} in {{where}}.', 'The prompt of role "coder" uses {{where}}'],
    ['Count.', 'is given what but does not use it'],
    ['Count {{what}} {{ What }}.', 'holds {{ What }}; write {{name}}'],
  ])('refuses %s', (prompt, complaint) => {
    expect(() => checkSpec({ ...FRUIT_SPEC, prompt })).toThrow(complaint)
  })
})

describe('rolePrompt', () => {
  it('ends with the JSON Schema of the result', () => {
    const prompt = rolePrompt(FRUIT_SPEC, { what: 'apples' })
    expect(prompt.startsWith('Count the apples.\n\n# Your result\n')).toBe(true)
    const schema = JSON.parse(prompt.slice(prompt.indexOf('{'), prompt.lastIndexOf('}') + 1)) as unknown
    expect(schema).toMatchObject({ required: ['name', 'count'], additionalProperties: false })
  })
})
