/** Settings that the schema knows and this version does not carry out: refused, since ignoring a limit is worse. */
import type { Config } from '../../core/config.ts'

/** One line for each; empty when everything that is set is carried out. */
export function unsupportedSettings(config: Config): string[] {
  const asked: [boolean, string][] = [
    [config.trust.level === 1, '`trust.level: 1` (plan and patch as comments)'],
    [config.gates.plan === 'human', '`gates.plan: human` (waiting for an approval)'],
    [config.gates.publish === 'human', '`gates.publish: human` (waiting before the pull request)'],
  ]
  return asked
    .filter(([isSet]) => isSet)
    .map(([, what]) => `${what} is not carried out by this version; take it out.`)
}
