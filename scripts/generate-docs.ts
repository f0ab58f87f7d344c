/** Writes the reference pages from the code they describe; with --check it only compares and fails on a difference. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { ALL_COMMANDS } from '../src/commands/all-commands.ts'
import { commandsPage } from '../src/core/commands-page.ts'
import { configJsonSchema } from '../src/core/config/json-schema.ts'
import { configurationPage } from '../src/core/configuration-page.ts'
import { stagesPage } from '../src/core/stages-page.ts'

const pages: Record<string, string> = {
  'docs/stages.md': stagesPage(),
  'docs/commands.md': commandsPage(ALL_COMMANDS),
  'docs/configuration.md': configurationPage(),
  'docs/millwright.schema.json': JSON.stringify(configJsonSchema(), undefined, 2),
}

const check = process.argv.includes('--check')
let stale = 0
for (const [path, text] of Object.entries(pages)) {
  const wanted = `${text.trimEnd()}\n`
  const found = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (found === wanted) continue
  if (check) {
    stale += 1
    process.stdout.write(`${path} is out of date: run \`npm run docs\` and commit it\n`)
  } else {
    writeFileSync(path, wanted)
    process.stdout.write(`wrote ${path}\n`)
  }
}
process.exitCode = stale === 0 ? 0 : 1
