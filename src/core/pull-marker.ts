/** The hidden line in a pull request's text that says which issue and run it belongs to. */

const MARKER = /<!-- millwright:pull issue=([1-9]\d{0,9}) run=[a-z0-9]{8,32} -->/g

export function pullMarker(subject: { issue: number; run: string }): string {
  return `<!-- millwright:pull issue=${subject.issue} run=${subject.run} -->`
}

/**
 * The issue that a pull request's text names; undefined without a marker, and with more than one, since nobody can say
 * which is meant. Anybody may write such a line: it says where to look, and the run there says whether it is true.
 */
export function issueOfPull(body: string): number | undefined {
  const [first, second] = [...body.matchAll(MARKER)]
  return first === undefined || second !== undefined ? undefined : Number(first[1])
}
