/** `node measure.ts [name...]`: measures all, or what is named, and puts it into results.json and the README. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { deliveries } from './deliveries.ts'
import { idle } from './idle.ts'
import { circumstances, load, machine } from './machine.ts'
import { report } from './report.ts'
import type { MeasureName, Measures, Results } from './results.ts'
import { runs } from './runs.ts'
import { takeover } from './takeover.ts'

const MEASURES: { readonly [name in MeasureName]: () => Promise<Measures[name]> } = {
  deliveries,
  takeover,
  idle,
  runs,
}
const README = fileURLToPath(new URL('README.md', import.meta.url))
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url))
const MARKER = '<!-- What follows is written by the last run. -->'

const isMeasure = (name: string): name is MeasureName => name in MEASURES

/** Before anything of the bench runs. */
const loadBefore = load()

async function measure<Name extends MeasureName>(name: Name): Promise<Results['measures']> {
  process.stderr.write(`${name} …`)
  const began = performance.now()
  const around = circumstances(loadBefore)
  const result = await MEASURES[name]()
  process.stderr.write(` ${Math.round((performance.now() - began) / 1000)} s\n`)
  return { [name]: { ...around, result } }
}

async function keep(results: Results): Promise<void> {
  await write(RESULTS, JSON.stringify(results))
  const [words = ''] = readFileSync(README, 'utf8').split(MARKER)
  await write(README, `${words}${MARKER}\n\n${report(results)}`)
}

async function write(path: string, text: string): Promise<void> {
  const config = await resolveConfig(path, { editorconfig: true })
  writeFileSync(path, await format(text, { ...config, filepath: path }))
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !isMeasure(name))
if (unknown.length > 0) {
  process.stderr.write(`${unknown.join(', ')}: measured are ${Object.keys(MEASURES).join(', ')}\n`)
  process.exit(1)
}
const kept = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results
const here = machine()
// Figures of two machines side by side would be taken for one.
let measures = JSON.stringify(kept.machine) === JSON.stringify(here) ? kept.measures : {}
for (const name of Object.keys(MEASURES).filter(isMeasure)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  measures = { ...measures, ...(await measure(name)) }
  // One that fails takes nothing of the others with it.
  await keep({ machine: here, measures })
}
process.stdout.write(`${report({ machine: here, measures })}\n`)
// The model of the bench still owes answers that nobody waits for.
process.exit()
