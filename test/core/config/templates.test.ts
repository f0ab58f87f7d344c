/** What `init` brings into a repository: a config that changes nothing, and a form that starts nothing. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { readConfig } from '../../../src/adapters/config-file/read-config.ts'
import { DEFAULT_CONFIG } from '../../../src/core/config.ts'
import { configJsonSchema } from '../../../src/core/config/json-schema.ts'

function fileOf(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
}

const CONFIG = fileOf('templates/millwright.yml')
const FORM = fileOf('templates/issue-form.yml')
/** A setting that is commented out, as opposed to a sentence. */
const SETTING = /^( *)# ( *[a-z_]+:(?: .*)?)$/gm
/** Line 1 is for editors. */
const uncommented = CONFIG.replaceAll(SETTING, '$1$2')

describe('the config template', () => {
  it('says what holds without it', () => {
    expect(readConfig(CONFIG)).toEqual({ ok: true, config: DEFAULT_CONFIG })
  })

  it('shows every section, and settings that are taken as they stand when the comment mark goes', () => {
    const read = readConfig(uncommented)
    expect(read).toMatchObject({ ok: true, config: { commands: { test: 'npm test' }, trust: { level: 2 } } })
    const shown = Object.keys(parse(uncommented) as object)
    const known = Object.keys(DEFAULT_CONFIG).filter((key) => !['limits', 'owners'].includes(key))
    expect(shown.toSorted()).toEqual(known.toSorted())
  })

  it('has the line by which editors find its schema', () => {
    expect(CONFIG.split('\n')[0]).toBe('# yaml-language-server: $schema=millwright.schema.json')
  })
})

describe('the schema for editors', () => {
  const isValid = new Ajv({ strict: false }).compile(configJsonSchema())

  it('takes the template, with and without its comments, and a section of which all is commented out', () => {
    expect([CONFIG, uncommented, 'trust:\n  # level: 3\n'].map((text) => isValid(parse(text)))).toEqual([
      true,
      true,
      true,
    ])
  })

  it.each(['levle: 2', 'trust:\n  level: 6', 'label: 3', 'gates:\n  plan: humann', 'rails: README.md'])(
    'underlines %j',
    (text) => expect(isValid(parse(text))).toBe(false),
  )

  it('describes every key', () => {
    const undescribed: string[] = []
    const walk = (schema: unknown, path: string): void => {
      const { properties = {} } = schema as { properties?: Record<string, { description?: string }> }
      for (const [key, inner] of Object.entries(properties)) {
        if (inner.description === undefined) undescribed.push(`${path}${key}`)
        walk(inner, `${path}${key}.`)
      }
    }
    walk(configJsonSchema(), '')
    expect(undescribed).toEqual([])
  })
})

describe('the issue form', () => {
  interface Field {
    readonly type: string
    readonly id: string
    readonly attributes: { readonly label: string; readonly description: string }
    readonly validations?: { readonly required: boolean }
  }
  const form = parse(FORM) as { readonly name: string; readonly description: string; readonly body: Field[] }

  it('puts no label on, nor anything else that starts work or picks people', () => {
    expect(Object.keys(form)).toEqual(['name', 'description', 'body'])
    expect(FORM).toContain('# It adds no label, on purpose.')
  })

  it('asks little: two fields must be filled in, and each says how', () => {
    const required = form.body.filter(({ validations }) => validations?.required === true)
    expect(required.map(({ attributes }) => attributes.label)).toEqual([
      'What happens now?',
      'What should happen instead?',
    ])
    expect(new Set(form.body.map(({ id }) => id)).size).toBe(form.body.length)
    expect(form.body.length).toBeLessThanOrEqual(5)
    for (const { attributes } of form.body) expect(attributes.description).toMatch(/\.$/)
  })

  it('is the one that this repository uses itself', () => {
    expect(fileOf('.github/ISSUE_TEMPLATE/millwright.yml')).toBe(FORM)
  })
})
