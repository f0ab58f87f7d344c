/** The only reader of process.env: one schema, every problem reported at once, each with its fix. */
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { UserError } from '../core/errors.ts'
import { readEnvFile } from './env-file.ts'
import { type ForgeUrls, forgeUrls, GITHUB, isWebAddress } from './forge-urls.ts'

const blankIsAbsent = (value: unknown): unknown => (value === '' ? undefined : value)
const optional = z.preprocess(blankIsAbsent, z.string().optional())

const schema = z.object({
  APP_ID: optional.describe('Number of the GitHub App, from its settings page. Set-up writes it.'),
  PRIVATE_KEY: optional.describe(
    "The App's private key: PEM text, in one line with `\\n` for line ends if you like, or base64 of it. Set-up writes it.",
  ),
  PRIVATE_KEY_PATH: optional.describe("File that holds the App's private key, instead of `PRIVATE_KEY`."),
  WEBHOOK_SECRET: optional.describe('Secret that GitHub signs webhooks with. Set-up writes it.'),
  GITHUB_URL: optional.describe(
    'Where people open GitHub in a browser; the addresses of API and git follow from it. Default: https://github.com.',
  ),
  GITHUB_TOKEN: optional.describe('Personal access token for `npm run mill`, which needs no App.'),
  PORT: optional.describe(
    'Port that webhooks come in at, and the set-up page is served from. Default: 3000. A worker answers `/health` and `/ready` there, and only where the environment itself sets it: the file belongs to all processes of a machine, a port to one.',
  ),
  HOST: optional.describe(
    'Address to listen on. Default: 127.0.0.1, for a tunnel or a reverse proxy on this machine. The image sets 0.0.0.0.',
  ),
  ANTHROPIC_API_KEY: optional.describe('Key for the Messages API; without it the demo plays a recording.'),
  ANTHROPIC_BASE_URL: optional.describe('Another Messages API endpoint, for instance one answered by hand.'),
  MILLWRIGHT_SECRET: optional.describe(
    'At least 32 characters; state comments are signed with a key derived from it. Set-up makes one.',
  ),
  MILLWRIGHT_SECRET_PREVIOUS: optional.describe(
    'The `MILLWRIGHT_SECRET` before this one, while comments signed with it are still about: they are read, and signed anew when they change.',
  ),
  DATABASE_URL: optional.describe(
    'PostgreSQL, 14 or later, shared by all processes: `postgres://user:password@host:5432/database`. Default: one of its own under the state folder.',
  ),
  MILLWRIGHT_WORK_SLOTS: optional.describe(
    'How many runs are worked on at once in one process, up to 64. Default: 2.',
  ),
  MILLWRIGHT_GRACE: optional.describe(
    'Seconds that work gets to end in when the process is asked to stop, up to 3600. Default: 25. Whoever stops it has to wait ten seconds longer before killing it.',
  ),
  MILLWRIGHT_STATE: optional.describe(
    'State folder: git directories, checkouts, the log. Default: a folder under the system temporary folder for the demo; for the App `/var/lib/millwright` as root, else `.local/state/millwright` in the home folder.',
  ),
  MILLWRIGHT_ENV_FILE: optional.describe(
    'File that `npm start` reads and set-up writes. Default: `.env` beside package.json.',
  ),
  MILLWRIGHT_MODEL: optional.describe('Model for all roles. Default: claude-sonnet-5-5.'),
  MILLWRIGHT_REGISTRY: optional.describe('npm registry for the demo and for npm set-up commands.'),
  NODE_EXTRA_CA_CERTS: optional.describe(
    'CA bundle of this machine; handed into the sandbox for set-up commands. Node reads it when it starts, so it has no effect in the file.',
  ),
  PATH: z
    .string()
    .default('/usr/local/bin:/usr/bin:/bin')
    .describe('Where the toolchain of target repositories is looked for.'),
  HOME: optional.describe('Where toolchains in home folders (nvm and its kind) are looked for.'),
  NO_COLOR: optional.describe('Set to anything: the demo writes no live lines.'),
})

export type Env = z.infer<typeof schema>

/** Every variable and what it is for, in the order of docs/environment.md. */
export const VARIABLES: readonly { readonly name: string; readonly description: string }[] = Object.entries(
  schema.shape,
).map(([name, type]) => ({ name, description: type.description ?? '' }))

/** Throws a UserError-like plain Error whose message lists every problem. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const read = schema.safeParse(source)
  if (read.success) return read.data
  const lines = read.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The environment can't be used:\n${lines.join('\n')}`)
}

/**
 * The environment over the `.env` file: what is set wins, and what is set to nothing counts as not set. Names that are
 * `own` to a process are not taken from the file, which others read as well.
 */
export function loadEnv(
  source: NodeJS.ProcessEnv = process.env,
  own: readonly string[] = [],
): NodeJS.ProcessEnv {
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const shared = Object.entries(readEnvFile(envFile(source))).filter(([name]) => !own.includes(name))
  return { ...Object.fromEntries(shared), ...set }
}

/** Where set-up writes. */
export function envFile(source: NodeJS.ProcessEnv = process.env): string {
  return source['MILLWRIGHT_ENV_FILE'] || fileURLToPath(new URL('../../.env', import.meta.url))
}

/** Throws UserError where GITHUB_URL is no address. */
export function githubAddresses({ GITHUB_URL }: Pick<Env, 'GITHUB_URL'>): ForgeUrls {
  if (isWebAddress(GITHUB_URL ?? GITHUB)) return forgeUrls(GITHUB_URL)
  throw new UserError(
    'config_invalid',
    `GITHUB_URL is "${GITHUB_URL}", which is not an address that begins with https://.`,
  )
}
