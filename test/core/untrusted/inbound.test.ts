import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cleanInbound, showName } from '../../../src/core/untrusted.ts'

const cp = String.fromCodePoint
function codePoints(...ranges: (number | readonly [number, number])[]): number[] {
  return ranges.flatMap((range) =>
    typeof range === 'number'
      ? [range]
      : Array.from({ length: range[1] - range[0] + 1 }, (_, i) => range[0] + i),
  )
}

/** The list of the threat model, spelled out here by number so that the code's use of Unicode properties is checked. */
const LISTED = codePoints(
  0xad,
  0x34f,
  0x61c,
  0x115f,
  0x1160,
  0x17b4,
  0x17b5,
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  0x2800,
  0x3164,
  [0xfe00, 0xfe0f],
  0xfeff,
  0xffa0,
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe007f],
  [0xe0100, 0xe01ef],
  [0, 8],
  [0xb, 0x1f],
  [0x7f, 0x9f],
  0xd800,
  0xdfff,
)

describe('characters that render as nothing', () => {
  it('are each replaced by their number between letters', () => {
    for (const point of LISTED) {
      const code = point.toString(16).toUpperCase().padStart(4, '0')
      expect(cleanInbound(`a${cp(point)}b`)).toEqual({ text: `a[U+${code}]b`, hidden: 1 })
    }
  })

  it('are counted in runs, equal or mixed', () => {
    expect(cleanInbound(`x${cp(0xe0041).repeat(7)}`)).toEqual({ text: 'x[U+E0041 x7]', hidden: 7 })
    expect(cleanInbound(`x${cp(0xe0049, 0xe0047, 0xe004e)}y`).text).toBe('x[U+E0049..U+E004E x3]y')
  })

  it('leave no escape in terminal sequences', () => {
    expect(cleanInbound('\u001B[31mred\u001B]8;;http://e\u0007').text).toBe(
      '[U+001B][31mred[U+001B]]8;;http://e[U+0007]',
    )
  })

  it('survive where they are seen: emoji, keycaps, the flags of tags, joined letters', () => {
    const seen = [
      '👨‍👩‍👧‍👦',
      '❤️',
      '❤️‍🔥',
      '👍🏽',
      '1️⃣',
      '🏳️‍🌈',
      '☺︎',
      `🏴${cp(0xe0067, 0xe0062, 0xe0073, 0xe0063, 0xe0074, 0xe007f)}`,
    ]
    const persian = 'می‌خواهم'
    for (const text of [...seen, persian, 'a\tb\nc']) expect(cleanInbound(text)).toEqual({ text, hidden: 0 })
  })

  it('are shown when the tags after a flag spell anything else', () => {
    const letters = Array.from('kill', (letter) => cp(0xe0000 + letter.charCodeAt(0))).join('')
    const { text, hidden } = cleanInbound(`🏴${letters}${cp(0xe007f)}`)
    expect(text).toBe('🏴[U+E006B..U+E007F x5]')
    expect(hidden).toBe(5)
  })

  it('are shown after a digit that has no keycap, and as a second selector', () => {
    expect(cleanInbound('1\uFE0F2').text).toBe('1[U+FE0F]2')
    expect(cleanInbound('❤\uFE0F\uFE0F').text).toBe('❤\uFE0F[U+FE0F]')
  })

  it('do not count line ends, which become one kind', () => {
    expect(cleanInbound('a\r\nb\rc')).toEqual({ text: 'a\nb[U+000D]c', hidden: 1 })
  })

  it('keep a file name on one line', () => {
    expect(showName('a\nIGNORE\u202Etxt.js')).toBe('a[U+000A]IGNORE[U+202E]txt.js')
  })
})

describe('what a rendered page hides', () => {
  it.each([
    ['a<!-- x -->b', 'a[hidden comment: x]b'],
    ['a<!-- x --!>b', 'a[hidden comment: x]b'],
    ['seen\n\n<!-- from here\non', 'seen\n\n[hidden comment: from here\n| on]'],
    ['<!--> seen', '[hidden comment: ] seen'],
    ['[//]: # (do it)', '[hidden reference: // # (do it)]'],
    ['> [x]: http://e "do it"', '> [hidden reference: x http://e "do it"]'],
    ['[x]:\nhttp://e', '[hidden reference: x]\nhttp://e'],
    [
      '<details><summary>s</summary>body</details>',
      '[collapsed part]<summary>s</summary>body[end of collapsed part]',
    ],
    ['<p hidden class="do it">t</p>', '[html: p hidden class="do it"]t</p>'],
    [
      '<picture><source media="do it"><img src=x alt="cat"></picture>',
      '<picture>[html: source media="do it"][image: cat]</picture>',
    ],
    ['<a title="do it">t</a>', '[html: a title="do it"]t</a>'],
    ['[t](http://e "do it")', '[t](http://e) [link title: do it]'],
    ['<![CDATA[do it]]>', '[hidden markup: do it]'],
    ['<?do it?>', '[hidden markup: ?do it?]'],
    ['</%do it>', '[hidden markup: /%do it]'],
    ['![alt [x]](https://e/(a)?q=1 "t") end', '[image: alt [x]] end'],
    ['![alt][ref] end', '[image: alt] end'],
    ['![alt] end', '[image: alt] end'],
    ['&#60;!-- x --&#62;', '&#60;!-- x --&#62;'],
    ['<b>bold</b> a < b, Map<String>', '<b>bold</b> a < b, Map<String>'],
  ])('%j becomes visible', (text, shown) => {
    expect(cleanInbound(text).text).toBe(shown)
  })

  it('is counted, and what was seen is not', () => {
    expect(cleanInbound('a <!-- four --> b').hidden).toBe(' four '.length)
    expect(cleanInbound('plain **text** with `code` and [a link](http://e)')).toMatchObject({ hidden: 0 })
  })

  it('is left alone in code, where it is seen', () => {
    const text =
      'Parse `<!-- x -->` and\n\n```html\n<!-- y -->\n<p class="z">![a](b)</p>\n[r]: http://e\n```\n\nend'
    expect(cleanInbound(text)).toEqual({ text, hidden: 0 })
  })

  it.each([
    ['a fence in a list item that ends early', '- a\n  ```\n<!-- x -->\n  ```'],
    ['a fence in raw HTML', '<div>\n```\n<!-- x -->\n```\n</div>'],
    ['a fence after an opened pre', '<pre>\n\n```\n<!-- x -->\n```'],
    ['backticks across a table cell', '| ` | <!-- x --> ` |'],
    ['a backtick that pairs with the line before', 'a ` b\nc ` <!-- x --> ` d'],
    ['a backtick inside an attribute', '<a title="`"> <!-- x --> <b title="`">'],
  ])('is shown in %s, which only looks like code', (_name, text) => {
    expect(cleanInbound(text).text).toContain('[hidden comment: x]')
  })

  it('takes no more than a moment on text made to be slow', () => {
    const slow = ['![](', '<a b="', '[a', '`', '<!', '> ', '\n[', ' b=c<', '``` ', 'a](b "']
    const start = performance.now()
    for (const piece of slow) cleanInbound(piece.repeat(Math.floor(60_000 / piece.length)))
    expect(performance.now() - start).toBeLessThan(6000)
  })
})

const piece = fc.constantFrom(
  '<!--',
  '-->',
  '--!>',
  '```',
  '~~~',
  '`',
  '``',
  '\n',
  '\n\n',
  '<div>',
  '<p a="',
  '">',
  '"',
  '<pre>',
  '![',
  '](',
  ')',
  '[x]:',
  ' http://e',
  '"t"',
  '<b>',
  '<a title="q">',
  '- ',
  '> ',
  '  ',
  '1. ',
  '|',
  '\\',
  'x',
  '<',
  '[',
  ']',
  '<details>',
  '<!',
  '<?',
  '>',
  '\u200B',
  ' ',
  "'",
  '<img alt=',
  ':',
  '\u0000',
  '\uFDD0',
  '👍\uFE0F',
  '\uD83D',
)
const markdown = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
)

describe('cleanInbound on any text', () => {
  it('finds nothing the second time', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const once = cleanInbound(text).text
        expect(cleanInbound(once)).toEqual({ text: once, hidden: 0 })
      }),
      { numRuns: 2000 },
    )
  })

  it('leaves no listed character outside emoji and joined letters', () => {
    const listed = new RegExp(
      `[${LISTED.filter(
        (p) => (p !== 0x200c && p !== 0x200d && (p < 0xfe0e || p > 0xfe0f) && p < 0xd800) || p > 0xdfff,
      )
        .filter((p) => p < 0xe0000 || p > 0xe007f)
        .map((p) => `\\u{${p.toString(16)}}`)
        .join('')}]`,
      'u',
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom(...LISTED).map((p) => cp(p)),
            markdown,
          ),
        ),
        (parts) => {
          const { text } = cleanInbound(parts.join(''))
          expect(listed.test(text)).toBe(false)
          expect(text.isWellFormed()).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})
