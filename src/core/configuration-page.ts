/** The reference page of the config file, written from the schema that checks it. */
import { describeConfig } from './config.ts'

export function configurationPage(): string {
  const rows = describeConfig().map(
    (row) => `| \`${row.key}\` | ${row.type} | ${row.default} | ${row.description.replaceAll('|', '\\|')} |`,
  )
  return [
    '# Configuration: `.github/millwright.yml`',
    'Written from the schema by `npm run docs`; `npm run check` fails when it is out of date. The file is read from the default branch only. Every key has a default, and an unknown key is refused with the nearest known one. A file with a mistake is answered on the issue, and the last one without mistakes is used instead. A run keeps the config it began with, but for what is lowered meanwhile: `trust.level`, `budget.per_issue_usd`, `budget.per_issue_turns` and `enabled`. Editors read [millwright.schema.json](millwright.schema.json).',
    ['| Key | Type | Default | What it does |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n')
}
