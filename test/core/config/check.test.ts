import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { checkConfig, DEFAULT_CONFIG, describeConfig } from '../../../src/core/config.ts'

function problems(value: unknown) {
  const checked = checkConfig(value)
  return checked.ok ? [] : checked.problems
}

describe('checkConfig', () => {
  it('takes nothing, an empty section and an empty file as the defaults', () => {
    for (const value of [null, undefined, {}, { budget: null, gates: {} }, { gates: { review: null } }]) {
      expect(checkConfig(value)).toEqual({ ok: true, config: DEFAULT_CONFIG })
    }
    expect(DEFAULT_CONFIG).toMatchObject({
      enabled: true,
      trust: { level: 2 },
      gates: { plan: 'auto', publish: 'auto', review: { max_rounds: 3 } },
      network: { allow: [] },
    })
  })

  it('fills in around what is written', () => {
    const checked = checkConfig({ gates: { plan: 'human' }, owners: { coding: ['@me', 'org/team'] } })
    expect(checked).toEqual({
      ok: true,
      config: {
        ...DEFAULT_CONFIG,
        gates: { ...DEFAULT_CONFIG.gates, plan: 'human' },
        owners: { ...DEFAULT_CONFIG.owners, coding: ['me', 'org/team'] },
      },
    })
  })

  it('reads logins as GitHub compares them', () => {
    const checked = checkConfig({ trust: { authors: ['@Bob', 'sentry[bot]'] } })
    expect(checked.ok && checked.config.trust.authors).toEqual(['bob', 'sentry[bot]'])
  })

  it('names the nearest key for an unknown one, also one from another section', () => {
    expect(problems({ buget: {}, gates: { maxRounds: 1 }, max_rounds: 2, zzz: 1 })).toEqual([
      {
        path: 'gates.maxRounds',
        message: 'maxRounds is no key in gates. Allowed: plan, publish, review.',
      },
      expect.objectContaining({ path: 'buget', suggestion: 'budget' }),
      expect.objectContaining({ path: 'max_rounds', suggestion: 'gates.review.max_rounds' }),
      {
        path: 'zzz',
        message: `zzz is no key here. Allowed: ${Object.keys(DEFAULT_CONFIG).join(', ')}.`,
      },
    ])
    expect(problems({ trust: { levle: 1 } })[0]?.message).toBe(
      'levle is no key in trust. Did you mean trust.level? Allowed: level, scopes, authors, low_risk.',
    )
  })

  it.each([
    [{ gates: { plan: 'humann' } }, 'gates.plan is "humann"; allowed: auto, human. Did you mean human?'],
    [{ gates: { plan: true } }, 'gates.plan is true; allowed: auto, human.'],
    [{ trust: { level: 6 } }, 'trust.level is 6; allowed: whole number from 1 to 5.'],
    [{ trust: { level: 2.5 } }, 'trust.level is 2.5; allowed: whole number from 1 to 5.'],
    [{ trust: 3 }, 'trust is 3; allowed: section.'],
    [{ budget: { per_issue_usd: 0 } }, 'budget.per_issue_usd is 0; allowed: number above 0, at most 1000.'],
    [{ enabled: 'yes' }, 'enabled is "yes"; allowed: true or false.'],
    [{ label: '' }, 'label is empty; write a text or leave the key out.'],
    [{ commands: { test: ['npm', 'test'] } }, 'commands.test is a list; allowed: text.'],
    [
      { protected: ['../x'] },
      'protected.0 is "../x"; it must be relative to the repository and stay inside it.',
    ],
    [
      { models: { coder: 'a b' } },
      'models.coder is "a b"; it must be the id of a model, such as claude-sonnet-5-5.',
    ],
    [{ trust: { authors: ['a b'] } }, 'trust.authors.0 is "a b"; it must be a login.'],
    [
      { gates: { review: { max_rounds: null } } },
      'gates.review.max_rounds is nothing; allowed: whole number from 0 to 10.',
    ],
    [['a'], 'The file is a list; allowed: section.'],
  ])('%j is answered with a sentence', (value, message) => {
    expect(problems(value).map((problem) => problem.message)).toEqual([message])
  })

  it.each([
    'registry.npmjs.org',
    '*.example.org',
    'pypi.org',
    'a.b.co.uk',
    '*.shop.co.uk',
    'Proxy.Golang.org',
  ])('lets the sandbox reach %s', (host) => expect(problems({ network: { allow: [host] } })).toEqual([]))

  it.each([
    '*',
    '*.com',
    '*.co.uk',
    '*.github.io',
    '*.amazonaws.com',
    'localhost',
    'a.localhost',
    'db.internal',
    'router.lan',
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '[::1]',
    '::1',
    '2130706433',
    '0x7f.1',
    '127.1',
    'a.0x7f',
    'https://a.com',
    'a.com:443',
    'a.com/x',
    'a..com',
    '-a.com',
    'com',
    '',
    'a.*.com',
    'user@a.com',
    'a.com.',
    'ａ.com',
  ])('does not let the sandbox reach %s', (host) => {
    expect(problems({ network: { allow: [host] } })[0]?.path).toBe('network.allow.0')
  })

  it('never throws, and says something about whatever it refuses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.jsonValue()), (value) => {
        const checked = checkConfig(value)
        if (checked.ok) return
        expect(checked.problems.length).toBeGreaterThan(0)
        expect(checked.problems.length).toBeLessThanOrEqual(20)
        for (const problem of checked.problems) expect(problem.message).toMatch(/^[^\n]+\.$/)
      }),
    )
  })
})

describe('describeConfig', () => {
  it('has a row with a description for every key of the defaults, and for those without one', () => {
    const rows = describeConfig()
    const keys = rows.map((row) => row.key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(rows.filter((row) => row.description === '' || row.type === '')).toEqual([])
    const walk = (value: object, prefix: string): string[] =>
      Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? [`${prefix}${key}`, ...walk(inner, `${prefix}${key}.`)]
          : [`${prefix}${key}`],
      )
    for (const key of [...walk(DEFAULT_CONFIG, ''), 'commands.test', 'models.plan_reviewer'])
      expect(keys).toContain(key)
  })

  it('says type and default as one writes them', () => {
    const row = (key: string) => describeConfig().find((candidate) => candidate.key === key)
    expect(row('gates.plan')).toMatchObject({ type: 'auto or human', default: '"auto"' })
    expect(row('trust.level')).toMatchObject({ type: 'whole number from 1 to 5', default: '2' })
    expect(row('network.allow')).toMatchObject({ type: 'list of texts', default: '[]' })
    expect(row('commands')).toMatchObject({ type: 'section', default: '' })
  })
})
