/** The plan as the state comment shows it. */
import type { WorkingPosition } from '../state.ts'
import { cleanOutbound } from '../untrusted.ts'
import { quoteLine } from './cost.ts'
import { cell, code } from './evidence-table.ts'
import type { Place } from './place.ts'

export function planPart(from: WorkingPosition, place: Place): string {
  if (!('plan' in from)) return ''
  const { plan, quote } = from
  const clean = (text: string): string => cleanOutbound(text, place)
  const files = plan.files.map((f) => `- ${f.change} ${code(f.path, 200)}: ${cell(f.why, 200)}`)
  const criteria = plan.criteria.map(
    (c) =>
      `- **${c.id}** ${cell(c.text, 400)} ${c.proof.kind === 'test' ? '(proved by a test)' : '(by inspection)'}`,
  )
  const more = [
    '<details><summary>Approach, files, risks</summary>',
    clean(plan.approach),
    `**Files**\n\n${files.join('\n')}`,
    `**Tests.** ${clean(plan.test_strategy)}`,
    plan.risks.length > 0 ? `**Risks**\n\n${plan.risks.map((r) => `- ${cell(r, 300)}`).join('\n')}` : '',
    plan.out_of_scope.length > 0
      ? `**Not part of this**\n\n${plan.out_of_scope.map((r) => `- ${cell(r, 300)}`).join('\n')}`
      : '',
    '</details>',
  ]
  return [
    `#### Plan: ${cell(plan.title, 100)}`,
    clean(plan.problem),
    `**Done when**\n\n${criteria.join('\n')}`,
    `**Quote:** ${quoteLine(quote)}. Risk: ${plan.risk}.`,
    more.filter((part) => part !== '').join('\n\n'),
  ].join('\n\n')
}
