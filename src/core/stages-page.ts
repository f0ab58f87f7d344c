/** The page about the stages, drawn from the same table that the reducer follows. */
import { STAGE_TEXT } from './say/stage-text.ts'
import type { Stage } from './stage.ts'
import { HELD_STAGES, isTerminal, STAGES, TERMINAL_STAGES, WORKING_STAGES } from './stage.ts'
import type { Edge, Row } from './transitions.ts'
import { TRANSITIONS, WORK_OF } from './transitions.ts'

function edgeText(edge: Edge): string {
  const target =
    edge.to === 'held'
      ? 'the stage it was held at'
      : edge.to === 'here'
        ? 'noted, and the stage goes on'
        : `\`${edge.to}\``
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

/** What holds at every stage that is no end is said once. */
function sharedRows(): string[] {
  const [first = [], ...others] = STAGES.filter((stage) => !isTerminal(stage)).map(rowsOf)
  return first.filter((row) => others.every((rows) => rows.includes(row)))
}

function table(rows: readonly string[]): string {
  return ['| Event | Goes to |', '| --- | --- |', ...rows].join('\n')
}

function section(stage: Stage): string {
  const shared = sharedRows()
  const rows = rowsOf(stage).filter((row) => !shared.includes(row))
  const working = WORKING_STAGES.find((one) => one === stage)
  const work = working ? WORK_OF[working] : undefined
  const text = working ? `${STAGE_TEXT[working]}.` : ''
  const what = work ? `Its work is the effect \`${work}\`.` : ''
  const leaves = isTerminal(stage) ? 'An end: nothing leaves it.' : table(rows)
  const lead = [text.slice(0, 1).toUpperCase() + text.slice(1), what].filter((part) => part !== '').join(' ')
  return [`## ${stage}`, lead, leaves].filter((part) => part !== '').join('\n\n')
}

/** Mermaid's state diagram of the way forward and back; what may happen anywhere, or comes of a loss, is left to the tables. */
function diagram(): string {
  const lines = new Set<string>()
  for (const stage of WORKING_STAGES) {
    const row: Row = TRANSITIONS[stage]
    for (const [event, edges] of Object.entries(row)) {
      for (const edge of edges) {
        const isEnd = edge.to === 'proposed' || (edge.to === 'merged' && stage === 'integrating')
        const isWay = (WORKING_STAGES as readonly string[]).includes(edge.to) || isEnd
        const isAfterLoss = edge.guard === 'plans_anew'
        if (isWay && !isAfterLoss) lines.add(`  ${stage} --> ${edge.to}: ${event}`)
      }
    }
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> intake',
    ...lines,
    '  proposed --> [*]',
    '  merged --> [*]',
    '```',
  ].join('\n')
}

export function stagesPage(): string {
  return [
    '# Stages',
    'Drawn from `src/core/transitions.ts` by `npm run docs`; `npm run check` fails when it is out of date. The first edge whose guard holds is taken; an event that is not listed is refused and changes nothing.',
    `Working stages: ${WORKING_STAGES.join(', ')}. Held, until a person or an answer lets the run go on: ${HELD_STAGES.join(', ')}. Ends: ${TERMINAL_STAGES.join(', ')}.`,
    diagram(),
    `## At every stage that is no end\n\n${table(sharedRows())}`,
    ...STAGES.map(section),
  ].join('\n\n')
}
