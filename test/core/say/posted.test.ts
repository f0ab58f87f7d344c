import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_ANSWER, renderAnswer } from '../../../src/core/say/answers.ts'
import { renderProposal } from '../../../src/core/say/proposal.ts'
import { SHA } from '../../support/states.ts'

const PLACE = { repoUrl: 'https://github.com/acme/tool' }

describe('an answer to a remark', () => {
  it('names the commit that does it', () => {
    expect(renderAnswer('An empty value stays empty.', SHA('a'), PLACE)).toBe(
      'Done in aaaaaaa: An empty value stays empty.',
    )
  })

  it('stands alone where there is none, and calls nobody', () => {
    expect(renderAnswer('No: @bob wanted it so, fixes #3', undefined, PLACE)).toBe(
      'No: `@bob` wanted it so, fixes: `#3`',
    )
    expect(renderAnswer(NO_ANSWER, undefined, PLACE)).toBe(NO_ANSWER)
  })
})

describe('a proposed patch', () => {
  let folder = ''
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
  const marker = '<!-- millwright:proposal:abcde12345 -->'
  const proposal = { title: 'Keep `a=b` @all', issue: 12, base: SHA('1'), marker }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proposal-'))
    git('init', '-q')
    writeFileSync(join(folder, 'README.md'), 'Use:\n\n```js\nold()\n```\n\n````md\n```\n````\n')
    writeFileSync(join(folder, 'logo.bin'), Buffer.from([0, 1, 2, 3]))
    git('add', '.')
    git('commit', '-qm', 'base')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('reads whole', () => {
    expect(renderProposal({ ...proposal, patch: 'diff --git a/a b/a\n@@ -1 +1 @@\n-a\n+b\n' })).toBe(
      `### Proposed patch: Keep \`a=b\` \`@all\`

This repository's trust level is 1, so I push nothing. The plan and the evidence are in my other comment; the change itself is below. To try it, save it as \`millwright.patch\` in your clone (the block has a copy button), and then:

\`\`\`sh
git switch -c millwright-12 ${SHA('1')}
git apply --index millwright.patch
\`\`\`

\`\`\`diff
diff --git a/a b/a
@@ -1 +1 @@
-a
+b

\`\`\`

${marker}`,
    )
  })

  it('is taken by git as it stands in the comment, fences and binary files included', () => {
    writeFileSync(join(folder, 'README.md'), 'Use:\n\n```js\nnew()\n```\n\n````md\n```\n````\n')
    writeFileSync(join(folder, 'logo.bin'), Buffer.from([0, 9, 8, 7, 6]))
    const patch = git('diff', '--binary')
    git('checkout', '-q', '.')
    const text = renderProposal({ ...proposal, patch })
    const block = /\n(`{5,})diff\n([\s\S]*?)\n\1\n/.exec(text ?? '')?.[2]
    // Copying a block loses its last line end.
    writeFileSync(join(folder, 'millwright.patch'), block ?? '')
    git('apply', '--index', 'millwright.patch')
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('new()')
    expect(readFileSync(join(folder, 'logo.bin'))).toEqual(Buffer.from([0, 9, 8, 7, 6]))
    git('reset', '-q', '--hard')
  })

  it('says what copying does to Windows line ends', () => {
    const patch = 'diff --git a/a b/a\n@@ -1 +1 @@\n-a\r\n+b\r\n'
    expect(renderProposal({ ...proposal, patch })).toContain('git apply --index --ignore-whitespace')
  })

  it('is refused, never cut, where it does not fit with everything around it', () => {
    const empty = renderProposal({ ...proposal, patch: '' })?.length ?? 0
    expect(renderProposal({ ...proposal, patch: 'x'.repeat(65_536 - empty) })?.length).toBe(65_536)
    expect(renderProposal({ ...proposal, patch: 'x'.repeat(65_537 - empty) })).toBeUndefined()
  })
})
