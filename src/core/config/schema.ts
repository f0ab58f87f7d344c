/** The schema of `.github/millwright.yml`. Every key has a description: the documentation page is made from them. */
import { z } from 'zod'
import { WORKING_STAGES } from '../stage.ts'
import { allowedHost, HOST_RULE } from './host.ts'

/** The roles a model can be chosen for; the ports name the same ones. */
const MODEL_ROLES = [
  'intake',
  'architect',
  'plan_reviewer',
  'tester',
  'coder',
  'reviewer',
  'demonstrator',
] as const

const command = (what: string) =>
  z.string().trim().min(1).max(2000).optional().describe(`${what} Detected from the repository when absent.`)

/** A glob or path inside the repository. Climbing out or starting at the root means nothing here. */
const glob = z
  .string()
  .min(1)
  .max(300)
  .refine((value) => !value.startsWith('/') && !value.split('/').includes('..'), {
    message: 'must be relative to the repository and stay inside it',
  })

const model = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,99}$/, 'must be the id of a model, such as claude-sonnet-5-5')
  .optional()

const label = z.string().trim().min(1).max(50)

/** Of a person, or of an App as GitHub writes it: `name[bot]`. */
const login = z
  .string()
  .regex(/^@?[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:\[bot\])?$/, 'must be a login')
  .transform((name) => name.replace(/^@/, '').toLowerCase())

const trust = z.strictObject({
  level: z
    .int()
    .min(1)
    .max(5)
    .default(2)
    .describe(
      '1 plans and patches as comments, 2 draft pull requests, 3 merges low risk, 4 merges inside scopes, 5 whole pipeline. This version says what 3 to 5 would merge, and merges nothing.',
    ),
  scopes: z
    .strictObject({
      paths: z
        .array(glob)
        .max(100)
        .default([])
        .describe('Globs of files that level 4 may merge changes to (nothing is merged by this version).'),
      labels: z
        .array(label)
        .max(50)
        .default([])
        .describe('Labels of issues whose changes level 4 may merge (nothing is merged by this version).'),
    })
    .prefault({})
    .describe('Where level 4 may merge; empty means nowhere (nothing is merged by this version).'),
  authors: z
    .array(login)
    .max(100)
    .default([])
    .describe(
      'Logins whose issues may be worked on although they have no write permission; whoever adds the label still needs it. A login that its owner gives up can be taken by somebody else.',
    ),
  low_risk: z
    .strictObject({
      max_files: z
        .int()
        .min(1)
        .max(200)
        .default(10)
        .describe('More changed files than this is not low risk.'),
      max_lines: z
        .int()
        .min(1)
        .max(5000)
        .default(200)
        .describe('More changed lines than this is not low risk.'),
    })
    .prefault({})
    .describe('The limits of what level 3 may merge (nothing is merged by this version).'),
})

const gates = z.strictObject({
  plan: z
    .enum(['auto', 'human'])
    .default('auto')
    .describe('human: building waits until a person with write permission approves the plan.'),
  publish: z
    .enum(['auto', 'human'])
    .default('auto')
    .describe('human: the pull request waits until a person approves publishing it.'),
  review: z
    .strictObject({
      max_rounds: z
        .int()
        .min(0)
        .max(10)
        .default(3)
        .describe('How often a failed proof or review may send the change back to the coder.'),
    })
    .prefault({})
    .describe('How much returning a change may cost.'),
})

const commands = z.strictObject({
  setup: command('Installs the dependencies.'),
  test: command('Runs all tests.'),
  lint: command('Checks style; must exit with 0.'),
  build: command('Builds the project, before the tests.'),
  report: z
    .enum(['tap', 'jest', 'vitest', 'mocha', 'pytest', 'junit', 'go', 'none'])
    .optional()
    .describe('How the test output is read. Detected from the repository when absent.'),
  timeout_minutes: z.number().min(1).max(120).default(20).describe('Wall clock of one command, in minutes.'),
})

const budget = z.strictObject({
  per_issue_usd: z
    .number()
    .positive()
    .max(1000)
    .default(10)
    .describe('US dollars one run may spend on models.'),
  per_day_usd: z
    .number()
    .positive()
    .max(10_000)
    .default(50)
    .describe('US dollars all runs of this repository may spend within 24 hours.'),
  per_issue_turns: z.int().min(1).max(5000).default(250).describe('Model requests one run may make.'),
})

const models = z.strictObject({
  default: model.describe('The model of every role that names none. The factory decides when absent.'),
  intake: model.describe('The model that reads the issue and asks for missing facts.'),
  architect: model.describe('The model that plans.'),
  plan_reviewer: model.describe('The model that judges the plan.'),
  tester: model.describe('The model that writes the criterion tests.'),
  coder: model.describe('The model that writes the change.'),
  reviewer: model.describe('The model that reviews the change.'),
  demonstrator: model.describe('The model that tries to show that a finding is real.'),
} satisfies Record<(typeof MODEL_ROLES)[number] | 'default', z.ZodType>)

const limit = (role: string) =>
  z
    .strictObject({
      turns: z.int().min(1).max(1000).optional().describe(`Model requests of one ${role}.`),
      usd: z.number().positive().max(1000).optional().describe(`US dollars of one ${role}.`),
      max_tokens: z.int().min(256).max(128_000).optional().describe(`Tokens of one answer of the ${role}.`),
    })
    .prefault({})
    .describe(`The ${role}'s share; ours where absent.`)

const limits = z.strictObject({
  intake: limit('intake agent'),
  architect: limit('architect'),
  plan_reviewer: limit('plan reviewer'),
  tester: limit('tester'),
  coder: limit('coder'),
  reviewer: limit('reviewer'),
  demonstrator: limit('demonstrator'),
} satisfies Record<(typeof MODEL_ROLES)[number], z.ZodType>)

/** A GitHub login or `org/team`; people write it with and without the `@`. */
const owner = z
  .string()
  .regex(/^@?[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:\/[A-Za-z0-9][\w.-]{0,99})?$/, 'must be a login or org/team')
  .transform((name) => name.replace(/^@/, ''))
const stageOwners = (stage: string) =>
  z
    .array(owner)
    .max(10)
    .default([])
    .describe(`Who is told when ${stage} needs a person (nobody is told by this version).`)

const owners = z.strictObject(
  Object.fromEntries(WORKING_STAGES.map((stage) => [stage, stageOwners(stage)])) as Record<
    (typeof WORKING_STAGES)[number],
    ReturnType<typeof stageOwners>
  >,
)

const PROTECTED = [
  '.github/**',
  '.gitlab-ci.yml',
  'CODEOWNERS',
  '**/AGENTS.md',
  '**/CLAUDE.md',
  '.claude/**',
  '.mcp.json',
  '.cursor/**',
  '.cursorrules',
  '.husky/**',
  '.gitmodules',
  '.gitattributes',
]

/** Where repositories keep their instructions to whoever works on them. */
const RAILS = [
  'AGENTS.md',
  'CLAUDE.md',
  '.github/copilot-instructions.md',
  'CONTRIBUTING.md',
  '.github/CONTRIBUTING.md',
  'docs/CONTRIBUTING.md',
  'README.md',
]

/** The effective config of a repository: what was written, the rest filled in. */
export const config = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'false: no new run starts in this repository, and those under way pause before their next stage.',
    ),
  label: label.default('millwright').describe('The label on an issue that starts a run.'),
  trust: trust.prefault({}).describe('How far the repository has decided to trust the factory.'),
  gates: gates.prefault({}).describe('What must hold between stages.'),
  commands: commands.prefault({}).describe('How the repository is set up and tested.'),
  network: z
    .strictObject({
      allow: z
        .array(z.string().trim().toLowerCase().refine(allowedHost, { message: HOST_RULE }))
        .max(50)
        .default([])
        .describe(
          'Hosts that the setup command may reach over HTTPS besides the package registry: exact names or *.name below a domain of your own.',
        ),
    })
    .prefault({})
    .describe('What the setup command may reach. Tests and agents reach nothing.'),
  budget: budget.prefault({}).describe('Caps on what runs may use.'),
  models: models.prefault({}).describe('Which model works in which role.'),
  limits: limits
    .prefault({})
    .describe('What one conversation of a role may use, within the caps of the run.'),
  protected: z
    .array(glob)
    .max(200)
    .default(PROTECTED)
    .describe('Globs of files that no run may change without a person.'),
  owners: owners.prefault({}).describe('Who is told, per stage.'),
  rails: z
    .array(glob)
    .max(20)
    .default(RAILS)
    .describe('Globs of files of the default branch that every role reads first, most binding first.'),
})
export type Config = z.infer<typeof config>

export const DEFAULT_CONFIG: Config = config.parse({})
