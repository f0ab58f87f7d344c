/** The only reader of process.env: one schema, every problem reported at once, each with its fix. */
import { z } from 'zod'

const blankIsAbsent = (value: unknown): unknown => (value === '' ? undefined : value)
const optional = z.preprocess(blankIsAbsent, z.string().optional())

const schema = z.object({
  ANTHROPIC_API_KEY: optional.describe('Key for the Messages API; without it the demo plays a recording.'),
  ANTHROPIC_BASE_URL: optional.describe('Another Messages API endpoint, for instance one answered by hand.'),
  MILLWRIGHT_SECRET: optional.describe(
    'At least 32 characters; state comments are signed with a key derived from it.',
  ),
  MILLWRIGHT_STATE: optional.describe(
    'State folder: git directories, checkouts. Default: a folder under the system temporary folder.',
  ),
  MILLWRIGHT_MODEL: optional.describe('Model for all roles. Default: claude-sonnet-5-5.'),
  MILLWRIGHT_REGISTRY: optional.describe('npm registry for the demo and for npm set-up commands.'),
  NODE_EXTRA_CA_CERTS: optional.describe(
    'CA bundle of this machine; handed into the sandbox for set-up commands.',
  ),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  HOME: optional,
  NO_COLOR: optional,
})

export type Env = z.infer<typeof schema>

/** Throws a UserError-like plain Error whose message lists every problem. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const read = schema.safeParse(source)
  if (read.success) return read.data
  const lines = read.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The environment can't be used:\n${lines.join('\n')}`)
}
