// Imports that break a floor rule, and imports that must pass: what scripts/check-floors.ts tries the rules on.

type Import = { file: string; source: string }

const type = (from: string) => `import type { Thing } from '${from}'\nexport type Mine = Thing\n`
const value = (from: string) => `import { thing } from '${from}'\nexport const mine = thing\n`

const folders = [
  'src/core',
  'src/ports',
  'src/engine',
  'src/agent',
  'src/stages/a',
  'src/stages/b',
  'src/commands',
  'src/webhooks',
  'src/dashboard',
  'src/adapters/git',
  'src/adapters/github',
  'src/app',
  'src/elsewhere',
  'test/support',
  'scripts',
]

/** Files for the imports below to lead to, one on every floor. A circle is reported once, for its first file. */
export const targets: Record<string, string> = {
  ...Object.fromEntries(
    folders.map((folder) => [`${folder}/target.ts`, 'export type Thing = string\nexport const thing = 1\n']),
  ),
  'src/core/q-circle-back.ts': type('./p-circle.ts'),
}

/** Each must be reported under its rule. Types, values, re-exports and dynamic imports all count. */
export const planted: (Import & { rule: string })[] = [
  {
    rule: 'core-is-pure',
    file: 'src/core/p-fs.ts',
    source: `import { readFile } from 'node:fs'\nreadFile\n`,
  },
  { rule: 'core-is-pure', file: 'src/core/p-ports.ts', source: type('../ports/target.ts') },
  { rule: 'core-is-pure', file: 'src/core/p-yaml.ts', source: `export * from 'yaml'\n` },
  { rule: 'core-is-pure', file: 'src/core/p-dynamic.ts', source: `export const late = import('node:os')\n` },
  { rule: 'ports-are-interfaces', file: 'src/ports/p-yaml.ts', source: type('yaml') },
  { rule: 'ports-are-interfaces', file: 'src/ports/p-engine.ts', source: type('../engine/target.ts') },
  { rule: 'desk-reaches-through-ports', file: 'src/desk/p-agent.ts', source: value('../agent/target.ts') },
  { rule: 'adapter-config-file-own-sdk', file: 'src/adapters/config-file/p-zod.ts', source: value('zod') },
  { rule: 'engine-knows-ports-only', file: 'src/engine/p-agent.ts', source: value('../agent/target.ts') },
  { rule: 'engine-knows-ports-only', file: 'src/engine/p-git.ts', source: type('../adapters/git/target.ts') },
  {
    rule: 'agent-knows-no-forge',
    file: 'src/agent/p-github.ts',
    source: type('../adapters/github/target.ts'),
  },
  { rule: 'agent-knows-no-forge', file: 'src/agent/p-engine.ts', source: value('../engine/target.ts') },
  {
    rule: 'stages-judge-only',
    file: 'src/stages/a/p-fs.ts',
    source: `export { rm } from 'node:fs/promises'\n`,
  },
  { rule: 'stages-judge-only', file: 'src/stages/a/p-sdk.ts', source: type('@anthropic-ai/sdk') },
  { rule: 'stages-are-strangers', file: 'src/stages/a/p-sibling.ts', source: type('../b/target.ts') },
  { rule: 'stages-are-strangers', file: 'src/stages/a/p-index.ts', source: value('../index.ts') },
  { rule: 'stages-index-only-lists', file: 'src/stages/p-list.ts', source: value('../engine/target.ts') },
  {
    rule: 'proof-reaches-through-ports',
    file: 'src/proof/p-git.ts',
    source: type('../adapters/git/target.ts'),
  },
  { rule: 'commands-translate-only', file: 'src/commands/p-engine.ts', source: value('../engine/target.ts') },
  { rule: 'webhooks-translate-only', file: 'src/webhooks/p-engine.ts', source: value('../engine/target.ts') },
  { rule: 'webhooks-translate-only', file: 'src/webhooks/p-rest.ts', source: type('@octokit/rest') },
  {
    rule: 'webhooks-take-only-types-of-octokit',
    file: 'src/webhooks/p-value.ts',
    source: `import { Webhooks } from '@octokit/webhooks'\nexport const mine = Webhooks\n`,
  },
  {
    rule: 'dashboard-reads-only',
    file: 'src/dashboard/p-github.ts',
    source: value('../adapters/github/target.ts'),
  },
  {
    rule: 'adapters-serve-ports',
    file: 'src/adapters/git/p-engine.ts',
    source: type('../../engine/target.ts'),
  },
  {
    rule: 'adapters-are-strangers',
    file: 'src/adapters/git/p-github.ts',
    source: type('../github/target.ts'),
  },
  { rule: 'adapters-are-strangers', file: 'src/adapters/github/p-git.ts', source: value('../git/target.ts') },
  { rule: 'adapter-anthropic-own-sdk', file: 'src/adapters/anthropic/p.ts', source: type('yaml') },
  { rule: 'adapter-github-own-sdk', file: 'src/adapters/github/p-zod.ts', source: type('zod') },
  {
    rule: 'adapter-local-forge-own-sdk',
    file: 'src/adapters/local-forge/p.ts',
    source: type('@octokit/rest'),
  },
  { rule: 'adapter-postgres-own-sdk', file: 'src/adapters/postgres/p-yaml.ts', source: type('yaml') },
  { rule: 'database-in-its-place', file: 'src/engine/p-pg.ts', source: type('pg') },
  { rule: 'database-in-its-place', file: 'src/app/p-boss.ts', source: value('pg-boss') },
  { rule: 'adapter-tool-host-own-sdk', file: 'src/adapters/tool-host/p.ts', source: type('yaml') },
  { rule: 'adapters-without-sdk', file: 'src/adapters/git/p-yaml.ts', source: type('yaml') },
  { rule: 'anthropic-sdk-in-its-places', file: 'src/app/p-sdk.ts', source: type('@anthropic-ai/sdk') },
  {
    rule: 'anthropic-sdk-in-its-places',
    file: 'src/adapters/sandbox/p-sdk.ts',
    source: type('@anthropic-ai/sdk/helpers/beta/zod'),
  },
  { rule: 'octokit-in-its-places', file: 'src/engine/p-rest.ts', source: type('@octokit/rest') },
  { rule: 'octokit-in-its-places', file: 'src/dashboard/p-probot.ts', source: value('probot') },
  {
    rule: 'processes-in-their-places',
    file: 'src/adapters/local-forge/p-process.ts',
    source: `import { spawn } from 'node:child_process'\nspawn\n`,
  },
  { rule: 'processes-in-their-places', file: 'src/app/p-process.ts', source: `import 'child_process'\n` },
  { rule: 'local-forge-server-in-its-places', file: 'src/dashboard/p-hono.ts', source: type('hono') },
  {
    rule: 'local-forge-server-in-its-places',
    file: 'src/adapters/github/p-graphql.ts',
    source: type('graphql'),
  },
  { rule: 'nobody-imports-app', file: 'src/commands/p-app.ts', source: type('../app/target.ts') },
  { rule: 'every-file-has-a-floor', file: 'src/app/p-elsewhere.ts', source: type('../elsewhere/target.ts') },
  { rule: 'no-cycles', file: 'src/core/p-circle.ts', source: type('./q-circle-back.ts') },
  { rule: 'src-stays-in-src', file: 'src/app/p-test.ts', source: type('../../test/support/target.ts') },
  { rule: 'src-stays-in-src', file: 'src/app/p-scripts.ts', source: value('../../scripts/target.ts') },
  { rule: 'src-needs-no-dev-dependency', file: 'src/app/p-dev.ts', source: type('nock') },
  { rule: 'packages-are-listed', file: 'src/app/p-unlisted.ts', source: type('pino') },
  { rule: 'imports-resolve', file: 'src/core/p-nowhere.ts', source: type('./nowhere.ts') },
]

/** None may be reported: rules that forbid everything would pass every test above. */
export const allowed: Import[] = [
  { file: 'src/core/a.ts', source: value('zod') },
  { file: 'src/core/a-core.ts', source: value('./target.ts') },
  { file: 'src/ports/a.ts', source: type('../core/target.ts') },
  { file: 'src/engine/a.ts', source: type('../ports/target.ts') },
  { file: 'src/agent/a.ts', source: value('@anthropic-ai/sdk/helpers/beta/zod') },
  { file: 'src/stages/a/a.ts', source: value('../../agent/target.ts') },
  { file: 'src/stages/a/a-own.ts', source: value('./target.ts') },
  {
    file: 'src/stages/index.ts',
    source: `export * as a from './a/target.ts'\nexport * as b from './b/target.ts'\n`,
  },
  { file: 'src/proof/a.ts', source: type('../ports/target.ts') },
  { file: 'src/commands/a.ts', source: value('../core/target.ts') },
  { file: 'src/webhooks/a.ts', source: type('@octokit/webhooks') },
  { file: 'src/dashboard/a.ts', source: type('../ports/target.ts') },
  { file: 'src/adapters/github/a.ts', source: value('@octokit/rest') },
  { file: 'src/adapters/github/a-own.ts', source: value('./target.ts') },
  { file: 'src/adapters/git/a.ts', source: `import { spawn } from 'node:child_process'\nspawn\n` },
  { file: 'src/adapters/local-forge/a.ts', source: value('hono') },
  { file: 'src/adapters/local-forge/a-graphql.ts', source: value('graphql') },
  { file: 'src/adapters/postgres/a.ts', source: value('pg') },
  { file: 'src/app/a.ts', source: value('../adapters/github/target.ts') },
  { file: 'src/app/a-probot.ts', source: value('probot') },
  { file: 'src/app/a-yaml.ts', source: value('yaml') },
]
