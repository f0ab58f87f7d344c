/** Finds the addresses and references that a text really holds, so that a model can name only those. */

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`|\\^{}]+/g
const REFERENCE = /(?<![\w/&])(?:[\w.-]+\/[\w.-]+)?#\d+\b/g
/** What ends a sentence or closes a bracket, rather than an address; both readings are kept. */
const TRAILING = /[.,;:!?*_~)\]]+$/

export function findLinks(text: string): ReadonlySet<string> {
  const found = [...text.matchAll(ADDRESS), ...text.matchAll(REFERENCE)].map(([match]) => match)
  return new Set(found.flatMap((link) => [link, link.replace(TRAILING, '')]))
}
