/** Where a text is posted, as far as its links are concerned. */

export interface Place {
  /** Where links may point: this repository's page, without a slash at the end. */
  readonly repoUrl: string
}
