import { describe, expect, it } from '@jest/globals'
import { ALL_COMMANDS } from '../../src/commands/all-commands.ts'
import { parseCommand, VERBS } from '../../src/core/command-grammar.ts'
import { commandsPage } from '../../src/core/commands-page.ts'
import { unknownSentence } from '../../src/core/say/commands.ts'
import { STAGES } from '../../src/core/stage.ts'
import { ALICE, later } from '../support/states.ts'
import { outcomeOf, RUN_AT, say } from './command-bench.ts'

describe('the commands', () => {
  it('are those of the grammar, in its order', () => {
    expect(ALL_COMMANDS.map(({ verb }) => verb)).toEqual([...VERBS])
  })

  it.each(ALL_COMMANDS.map((command) => [command.verb, command] as const))(
    '%s has a usage of its verb, a line about it, and examples that are said so',
    (verb, { usage, summary, examples }) => {
      expect(usage.split(' ')[0]).toBe(verb)
      expect(summary).toMatch(/^[a-z].*[^.]$/)
      expect(examples.map((example) => parseCommand(example))).toEqual(
        examples.map(() => expect.objectContaining({ kind: 'command', verb }) as unknown),
      )
    },
  )

  it.each([
    ['/mill stpo', "I don't know `/mill stpo`; did you mean `/mill stop`?"],
    ['/mill cancel it', "I don't know `/mill cancel`; did you mean `/mill stop`?"],
    ['/mill frobnicate', "I don't know `/mill frobnicate`; `/mill help` lists what I know."],
    ['/mill st\u200Bop', "I don't know `/mill st[U+200B]op`; did you mean `/mill stop`?"],
    ['/mill @octocat`|x', "I don't know `/mill @octocat'¦x`; `/mill help` lists what I know."],
    ['/mill trust 3', '`/mill trust` is not in this version of Millwright; `/mill help` lists what is.'],
    ['/mill Plan: again', '`/mill Plan:` is not in this version of Millwright; `/mill help` lists what is.'],
  ])('%j is answered with one sentence', (comment, sentence) => {
    expect(outcomeOf(say(comment, { run: RUN_AT.coding() }))).toBe(sentence)
  })

  it('are answered whatever the verb was that the engine found no command for', () => {
    expect(unknownSentence({ kind: 'unknown', verb: 'x'.repeat(500) })).toBe(
      `I don't know \`/mill ${'x'.repeat(43)}…\`; \`/mill help\` lists what I know.`,
    )
  })
})

describe('the page about the commands', () => {
  const page = commandsPage(ALL_COMMANDS)
  const rows = page.slice(page.indexOf('## When a command')).split('\n')
  const stagesOf = (verb: string): string => rows.find((row) => row.startsWith(`| \`${verb}\` |`)) ?? ''

  it('says for each role and place whether a command is heard there', () => {
    const cells = (verb: string, ...rest: string[]): string => `| ${[`\`${verb}\``, ...rest].join(' | ')} |`
    const [yes, no] = ['yes', 'refused']
    expect(page).toContain(cells('status', yes, yes, yes, yes, yes, yes, 'answers', 'answers'))
    expect(page).toContain(cells('hold', yes, yes, yes, yes, yes, yes, 'acts', 'refused'))
    expect(page).toContain(cells('stop', no, no, no, yes, yes, yes, 'acts', 'refused'))
  })

  it.each(ALL_COMMANDS.map((command) => [command.verb, command] as const))(
    'names every stage at which %s is carried out',
    (verb, { examples }) => {
      const hold = { by: ALICE, at: later(5) }
      const carriedOut = STAGES.filter((stage) =>
        [RUN_AT[stage](), { ...RUN_AT[stage](), hold }].some((run) =>
          outcomeOf(say(examples[0] ?? '', { run })).includes(' → '),
        ),
      )
      const row = stagesOf(verb)
      const unnamed = carriedOut.filter(
        (stage) => !row.includes('every stage') && !row.includes(`\`${stage}\``),
      )
      expect(unnamed).toEqual([])
      expect(row === '').toBe(carriedOut.length === 0)
    },
  )
})
