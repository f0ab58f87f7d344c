/** The name of a run's branch: readable, and made of characters that no shell, URL or ref rule cares about. */

/** Long enough for a sentence, short enough for every file system, badge and terminal column. */
const MAX_LENGTH = 60

/** Letters that decomposition does not turn into ASCII, as their writers spell them without the key. */
const SPELT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
}

/** ASCII words of a title joined by `-`, cut between words where possible; empty for a title without Latin letters. */
function slug(title: string, max: number): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[ßæøœđðþłı]/g, (letter) => SPELT[letter] ?? '')
    .replaceAll(/['’]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  if (words.length <= max) return words
  const cut = words.slice(0, max)
  const whole = words[max] === '-' ? cut : cut.slice(0, Math.max(0, cut.lastIndexOf('-')))
  return (whole === '' ? cut : whole).replaceAll(/-+$/g, '')
}

/** `millwright/12-fix-short-option-value-ab12`: at most 60 characters of `[a-z0-9/-]`; two runs of an issue differ. */
export function branchName(subject: { issue: number; title: string; run: string }): string {
  const start = `millwright/${subject.issue}-`
  const end = subject.run.replaceAll(/[^a-z0-9]/g, '').slice(-4)
  const words = slug(subject.title, MAX_LENGTH - start.length - end.length - 1)
  return words === '' ? `${start}${end}` : `${start}${words}-${end}`
}

/** The issue that a branch of ours is about; undefined for any other branch. The name alone proves nothing: look it up. */
export function issueOfBranch(name: string): number | undefined {
  const issue = /^millwright\/([1-9]\d{0,9})-[a-z0-9-]{1,60}$/.exec(name)?.[1]
  return issue === undefined ? undefined : Number(issue)
}
