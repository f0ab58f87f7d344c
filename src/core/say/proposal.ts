/** Trust level 1: the plan's title and the whole patch in one comment, which `git apply` takes as it stands. */
import type { ObjectId } from '../ids.ts'
import { cell } from './evidence-table.ts'

/** GitHub's limit for one comment, in characters; a longer one is refused there, and a cut patch would not apply. */
const COMMENT_LIMIT = 65_536

export interface Proposal {
  readonly title: string
  readonly issue: number
  /** The commit that the patch applies to. */
  readonly base: ObjectId
  /** What git printed, byte for byte. */
  readonly patch: string
  /** Hidden; a comment of ours that holds it is the one that was posted already. */
  readonly marker: string
}

/** Undefined where it does not fit into one comment: half a patch is worse than none. */
export function renderProposal(proposal: Proposal): string | undefined {
  const { title, issue, base, patch, marker } = proposal
  const longest = Math.max(2, ...[...patch.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  const body = [
    `### Proposed patch: ${cell(title, 100)}`,
    `This repository's trust level is 1, so I push nothing. The plan and the evidence are in my other comment; the change itself is below. To try it, save it as \`millwright.patch\` in your clone (the block has a copy button), and then:`,
    `\`\`\`sh\ngit switch -c millwright-${issue} ${base}\ngit apply --index millwright.patch\n\`\`\``,
    patch.includes('\r')
      ? 'Its files have Windows line ends, which copying may lose: `git apply --index --ignore-whitespace millwright.patch` takes it even so.'
      : '',
    // The empty line stays: git calls a patch corrupt whose last line end was lost in copying.
    `${fence}diff\n${patch.replace(/\n$/, '')}\n\n${fence}`,
    marker,
  ]
  const text = body.filter((part) => part !== '').join('\n\n')
  return text.length <= COMMENT_LIMIT ? text : undefined
}
