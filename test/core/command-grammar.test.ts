import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isLater, LATER_VERBS, parseCommand, VERBS, wordsOf } from '../../src/core/command-grammar.ts'

const command = (verb: string, text = ''): unknown => ({ kind: 'command', verb, text })
const NONE = { kind: 'none' }

describe('a command', () => {
  it.each([
    ['/mill stop', command('stop')],
    ['/mill status\n', command('status', '\n')],
    ['/MILL Stop', command('stop')],
    ['/mill   stop  ', command('stop')],
    ['/mill\tstop', command('stop')],
    ['/mill\u00A0stop', command('stop')],
    ['/mill stop!', command('stop')],
    ['/mill stop, please', command('stop', 'please')],
    ['/mill revise: use a map', command('revise', 'use a map')],
    ['/mill revise use a map\r\n\r\nand keep `x`', command('revise', 'use a map\r\n\r\nand keep `x`')],
    ['/mill revise\n- one\n- two', command('revise', '\n- one\n- two')],
    ['/mill', command('help')],
    ['/mill  \nWhat can it do?', command('help', '\nWhat can it do?')],
    ['\n\r\n  \n/mill pause', command('pause')],
    ['   /mill pause', command('pause')],
  ])('is %j', (body, parsed) => {
    expect(parseCommand(body)).toEqual(parsed)
  })
})

describe('no command', () => {
  it.each([
    ['is nothing', ''],
    ['is a quote', '> /mill stop'],
    ['is a quote in a quote', '>> /mill stop'],
    ['is a fenced block', '```\n/mill stop\n```'],
    ['is an indented block', '    /mill stop'],
    ['is a block behind a tab', '\t/mill stop'],
    ['is an indented block after an empty line', '\n     /mill stop'],
    ['is code', '`/mill stop`'],
    ['is a list', '- /mill stop'],
    ['is a sentence', 'Please say /mill stop now'],
    ['is the second line', 'Thanks!\n/mill stop'],
    ['stands behind an HTML comment', '<!-- x -->\n/mill stop'],
    ['stands in HTML', '<p>/mill stop</p>'],
    ['is another word', '/millwright stop'],
    ['is a path', '/mill/stop'],
    ['is run together', '/mill-stop'],
    ['has no slash', 'mill stop'],
    ['has two slashes', '//mill stop'],
    ['stands behind a byte order mark', '\uFEFF/mill stop'],
    ['stands behind a character without width', '\u200B/mill stop'],
    ['has a character without width for its blank', '/mill\u200Bstop'],
    ['has one inside its name', '/mi\u200Bll stop'],
    ['has look-alike letters in its name', '/m\u0456ll stop'],
    ['has a look-alike slash', '\u2215mill stop'],
    ['has a slash of full width', '\uFF0Fmill stop'],
  ])('%s', (_what, body) => {
    expect(parseCommand(body)).toEqual(NONE)
  })
})

describe('a verb that is none of ours', () => {
  it.each([
    ['stp', 'stop'],
    ['aprove', 'approve'],
    ['stat', 'status'],
    ['explian', 'explain'],
    ['cancel', 'stop'],
    ['LGTM!', 'approve'],
    ['continue', 'resume'],
    ['why?', 'explain'],
    ['st\u200Bop', 'stop'],
    ['\uFEFFstop', 'stop'],
    ['st\u043Ep', 'stop'],
    ['`stop`', 'stop'],
    // Lower case of the Kelvin sign is an ASCII letter, and of the long s its upper case.
    ['\u017Ftop', 'stop'],
  ])('%j is answered with %s', (word, meant) => {
    expect(parseCommand(`/mill ${word} x`)).toEqual({ kind: 'unknown', verb: word, meant })
  })

  it.each(['frobnicate', 'is', '123', '/mill', '``', '\u{1F600}', 'x'.repeat(60_000)])(
    'has no near one where there is none: %j',
    (word) => {
      expect(parseCommand(`/mill ${word}`)).toEqual({ kind: 'unknown', verb: word })
    },
  )

  it('may be one of a later version, which is no typing mistake', () => {
    for (const verb of LATER_VERBS) {
      expect(parseCommand(`/mill ${verb} 3`)).toEqual({ kind: 'unknown', verb })
      expect(isLater(`${verb.toUpperCase()}:`)).toBe(true)
    }
    expect(VERBS.filter((verb) => isLater(verb))).toEqual([])
  })
})

describe('the words behind a verb', () => {
  it('are those of the first line', () => {
    expect(wordsOf('')).toEqual([])
    expect(wordsOf('a\u00A0b  c\r\nd')).toEqual(['a', 'b', 'c'])
    expect(wordsOf('\nplanning')).toEqual([])
  })
})

describe('any comment', () => {
  const line = fc
    .oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '/mill',
        '/mill stop',
        '/mill revise x',
        '> /mill stop',
        '/mill stpo',
        '   /mill status',
      ),
    )
    .map((text) => text.replaceAll(/[\r\n]/g, ' '))
  const lineEnd = fc.constantFrom('\n', '\r\n')

  it('is read without an error, as a verb of ours, an unknown one, or none', () => {
    fc.assert(
      fc.property(fc.oneof(line, fc.string({ unit: 'binary' })), (body) => {
        expect(['command', 'unknown', 'none']).toContain(parseCommand(body).kind)
      }),
    )
  })

  it('is decided by the first line that is not empty', () => {
    const verbOf = (body: string): unknown => {
      const parsed = parseCommand(body)
      return parsed.kind === 'none' ? NONE : [parsed.kind, parsed.verb]
    }
    const first = line.filter((text) => !/^[ \t]*$/.test(text))
    fc.assert(
      fc.property(first, lineEnd, fc.array(line), (start, end, rest) => {
        expect(verbOf([start, ...rest].join(end))).toEqual(verbOf(start))
      }),
    )
  })

  it('is no command when it is quoted, listed, fenced or indented', () => {
    const marks = fc.constantFrom(
      '> ',
      '>',
      '- ',
      '* ',
      '1. ',
      '```\n',
      '~~~\n',
      '    ',
      '\t',
      '`',
      '# ',
      '| ',
    )
    fc.assert(
      fc.property(marks, line, (mark, text) => {
        fc.pre(text.trim() !== '')
        expect(parseCommand(`${mark}${text}`)).toEqual(NONE)
      }),
    )
  })

  it('takes no time to read, whatever is in it', () => {
    const bodies = ['\r\n', ' ', '\t', ' \n', '/mill ', '\u00A0', '/mill \u00A0'].map((part) =>
      part.repeat(60_000),
    )
    const started = performance.now()
    for (const body of bodies) parseCommand(`${body}x`)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
