/** What is shown under the sentence that says why a run may not go on as it began. */
import type { Policy } from '../state.ts'

/** `permission`: the forge's word for what is left. */
export function permissionDetail(login: string, permission: string): string {
  return `${login} has the permission "${permission}" now; "write" is needed.`
}

export function disabledDetail({ config_commit: commit }: Policy): string {
  return `\`enabled\` is false now. It was true when this run began, in commit ${commit.slice(0, 7)}.`
}

/** A draft that was opened when the level allowed it. */
export function levelDetail({ trust, config_commit: commit }: Policy, now: number, pull: number): string {
  return [
    `\`trust.level\` is ${now} now. It was ${trust} when this run began, in commit ${commit.slice(0, 7)}.`,
    `At level ${now} nothing is pushed, so pull request #${pull} stays as it is.`,
  ].join('\n')
}
