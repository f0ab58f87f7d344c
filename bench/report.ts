/** What was measured, for people: the last part of the README. */
import type { Spread } from './figures.ts'
import { rounded } from './figures.ts'
import type {
  Circumstances,
  Deliveries,
  DeliveryRow,
  Idle,
  Machine,
  MeasureName,
  Measures,
  Peer,
  Results,
  RunsRow,
  Takeover,
} from './results.ts'

const PEERS: Readonly<Record<Peer, string>> = {
  probot: 'Probot, nothing stored',
  door: 'our door, nothing stored',
  web: '**Millwright**, stored',
}

export function report({ machine, measures }: Results): string {
  return [
    '## Last results',
    machineText(machine),
    ...section('deliveries', measures, deliveriesText),
    ...section('runs', measures, runsText),
    ...section('takeover', measures, takeoverText),
    ...section('idle', measures, idleText),
  ].join('\n\n')
}

function machineText({ cpu, cores, memoryGb, kernel, node }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${kernel}, Node ${node}. Forge, model, load and PostgreSQL are on the same cores as what is measured.`
}

const TITLES: Readonly<Record<MeasureName, string>> = {
  deliveries: 'Deliveries',
  runs: 'Runs',
  takeover: 'Takeover',
  idle: 'At rest',
}

function section<Name extends MeasureName>(
  name: Name,
  measures: Results['measures'],
  text: (result: Measures[Name]) => string,
): readonly string[] {
  const measured = measures[name] as (Circumstances & { readonly result: Measures[Name] }) | undefined
  if (!measured) return []
  return [`### ${TITLES[name]}`, circumstancesText(measured), text(measured.result)]
}

function circumstancesText({ at, load, syncMs }: Circumstances): string {
  const [day, time = ''] = at.split('T')
  const shared = load > 1 ? ', so others were at work on the machine' : ''
  return `${day} ${time.slice(0, 5)} UTC; load before the bench began ${load}${shared}; a synced page took the disk ${syncMs.p50} ms (p99 ${syncMs.p99} ms).`
}

function deliveriesText({ postgres, probot, rounds, seconds, rows }: Deliveries): string {
  const intro = `Medians of ${rounds} rounds of ${seconds} s each, taken in turn, least and most in brackets; milliseconds. PostgreSQL ${postgres}, Probot ${probot}.`
  const lines = rows.map((row) => [
    String(row.connections),
    PEERS[row.peer],
    figures(row.perSecond),
    figures(row.p50),
    figures(row.p99),
    ratio(row, rows),
    String(row.refused),
  ])
  return `${intro}\n\n${table(['connections', 'who', 'a second', 'p50', 'p99', 'to Probot', 'refused'], lines)}`
}

/** Of the same run and the same number of connections. */
function ratio({ peer, connections, perSecond }: DeliveryRow, rows: readonly DeliveryRow[]): string {
  const other = rows.find((row) => row.peer === 'probot' && row.connections === connections)
  if (!other || peer === 'probot') return ''
  return String(rounded(perSecond.median / other.perSecond.median))
}

function runsText(rows: readonly RunsRow[]): string {
  const lines = rows.map(({ workers, runs, perMinute, seconds, cpu, peakMb, afterMb }) => [
    String(workers),
    String(runs),
    String(perMinute),
    figures(seconds),
    String(cpu.workers),
    String(cpu.database),
    String(cpu.bench),
    figures(peakMb),
    figures(afterMb),
  ])
  const head = ['workers', 'runs at once', 'runs a minute', 'seconds to draft']
  const cost = ['CPU s per run: workers', 'database', 'forge and model', 'MB per worker, peak', 'afterwards']
  return table([...head, ...cost], lines)
}

function takeoverText({ killed, stopped, restarted }: Takeover): string {
  return table(
    ['what happens to a worker at work', 'seconds until its job is claimed again', 'times'],
    [
      ['killed (SIGKILL), others live', figures(killed), String(killed.of)],
      ['stopped (SIGSTOP), others live', figures(stopped), String(stopped.of)],
      ['killed, the only one, and started again at once', figures(restarted), String(restarted.of)],
    ],
  )
}

function idleText(idle: Idle): string {
  const { cpu, memoryMb } = idle
  const lines = (['worker', 'web', 'database'] as const).map((name) => [
    name,
    String(cpu[name]),
    String(memoryMb[name]),
  ])
  const rest = `In a minute ${idle.transactionsPerMinute} transactions and ${idle.forgeRequestsPerMinute} requests to the forge, looked at for ${idle.seconds} s; ${idle.forgeRequestsAtStart} requests from the worker's start to its rest, a sweep over one repository among them.`
  return `${table(['one of each', '% of a core', 'MB'], lines)}\n\n${rest}`
}

function figures({ median, least, most }: Spread): string {
  return least === most ? String(median) : `${median} (${least}–${most})`
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n')
}
