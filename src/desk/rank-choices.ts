/** Ranks the files that the task does not name by how many of its words they hold, rare words counting more. */
import type { Choice } from './choose-excerpts.ts'

export interface ReadChoice extends Choice {
  readonly text: string
}

/** The nearest tests show the manner, and are worth more than the readme; a few more help, all are more of the same. */
const NEAREST_TESTS = 2
const MOST_TESTS = 5
const WORD = /[\p{L}$][\p{L}\p{N}$]{2,}/gu

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(WORD))
}

/** The title, and what is set as code: the rest of an issue is prose, whose words are in any file by chance. */
const CODE = /`[^`]+`|^(?: {4}|\t).*$/gm

function tellingOf(task: string): string {
  const [title = ''] = task.split('\n', 1)
  return [title, ...(task.match(CODE) ?? [])].join('\n')
}

/**
 * What the task names stays first, in its order; then what is near, sources, the nearest tests, manifest and readme.
 * Equal in, equal out.
 * @param ownName the package's own name, whose words tell nothing
 */
export function rankChoices(choices: readonly ReadChoice[], task: string, ownName = ''): ReadChoice[] {
  const own = wordsOf(ownName)
  const wanted = [...wordsOf(tellingOf(task))].filter((word) => !own.has(word))
  const held = choices.map((choice) => wordsOf(choice.text))
  const names = choices.map((choice) => wordsOf(choice.path.replaceAll('_', ' ')))
  const weights = wanted.map((word) => {
    const holders = held.filter((words) => words.has(word)).length
    return { word, weight: holders === 0 ? 0 : 1 / holders }
  })
  const scored = choices.map((choice, index) => {
    const words = held[index] ?? new Set<string>()
    const inText = weights.reduce((sum, { word, weight }) => (words.has(word) ? sum + weight : sum), 0)
    const inName = wanted.filter((word) => names[index]?.has(word) === true).length
    // A long file holds many words by chance; a name holds none.
    return { choice, score: inName + inText / Math.sqrt(words.size + 1) }
  })
  const ranked = (as: Choice['as']): ReadChoice[] =>
    scored
      .filter(({ choice }) => choice.as === as)
      .toSorted((a, b) => b.score - a.score)
      .map(({ choice }) => choice)
  const inOrder = (as: Choice['as']): ReadChoice[] => choices.filter((choice) => choice.as === as)
  const tests = ranked('test')
  return [
    ...inOrder('given'),
    ...inOrder('near'),
    ...ranked('source'),
    ...tests.slice(0, NEAREST_TESTS),
    ...inOrder('manifest'),
    ...ranked('readme'),
    ...tests.slice(NEAREST_TESTS, MOST_TESTS),
  ]
}
