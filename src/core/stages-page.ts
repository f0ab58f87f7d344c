/** The page about the stages, drawn from the same table that the reducer follows. */
import { STAGE_TEXT } from './say/status.ts'
import type { Stage } from './stage.ts'
import { HELD_STAGES, STAGES, TERMINAL_STAGES, WORKING_STAGES } from './stage.ts'
import type { Edge, Row } from './transitions.ts'
import { TRANSITIONS, WORK_OF } from './transitions.ts'

function edgeText(edge: Edge): string {
  const target = edge.to === 'held' ? 'the stage it was held at' : `\`${edge.to}\``
  const guard = edge.guard ? `if \`${edge.guard}\`: ` : ''
  const because = edge.because ? ` because \`${edge.because}\`` : ''
  const emit =
    edge.emit && edge.emit.length > 0 ? `, then ${edge.emit.map((kind) => `\`${kind}\``).join(', ')}` : ''
  return `${guard}${target}${because}${emit}`
}

function rowsOf(stage: Stage): string[] {
  const row: Row = TRANSITIONS[stage]
  return Object.entries(row).flatMap(([event, edges]) =>
    edges.length === 0 ? [] : [`| \`${event}\` | ${edges.map(edgeText).join('; otherwise ')} |`],
  )
}

function section(stage: Stage): string {
  const rows = rowsOf(stage)
  const working = WORKING_STAGES.find((one) => one === stage)
  const work = working ? WORK_OF[working] : undefined
  const text = working ? `${STAGE_TEXT[working]}.` : ''
  const what = work ? `Its work is the effect \`${work}\`.` : ''
  const table =
    rows.length === 0
      ? 'An end: nothing leaves it.'
      : ['| Event | Goes to |', '| --- | --- |', ...rows].join('\n')
  const lead = [text.slice(0, 1).toUpperCase() + text.slice(1), what].filter((part) => part !== '').join(' ')
  return [`## ${stage}`, lead, table].filter((part) => part !== '').join('\n\n')
}

/** Mermaid's state diagram of the way forward and back; what may happen anywhere is left to the tables. */
function diagram(): string {
  const lines = new Set<string>()
  for (const stage of WORKING_STAGES) {
    const row: Row = TRANSITIONS[stage]
    for (const [event, edges] of Object.entries(row)) {
      for (const edge of edges) {
        const isWay =
          (WORKING_STAGES as readonly string[]).includes(edge.to) ||
          edge.to === 'merged' ||
          edge.to === 'closed'
        if (isWay) lines.add(`  ${stage} --> ${edge.to}: ${event}`)
      }
    }
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> intake',
    ...lines,
    '  merged --> [*]',
    '  closed --> [*]',
    '```',
  ].join('\n')
}

export function stagesPage(): string {
  return [
    '# Stages',
    'Drawn from `src/core/transitions.ts` by `npm run docs`; `npm run check` fails when it is out of date. The first edge whose guard holds is taken; an event that is not listed is refused and changes nothing.',
    `Working stages: ${WORKING_STAGES.join(', ')}. Held, until a person or an answer lets the run go on: ${HELD_STAGES.join(', ')}. Ends: ${TERMINAL_STAGES.join(', ')}.`,
    diagram(),
    ...STAGES.map(section),
  ].join('\n\n')
}
