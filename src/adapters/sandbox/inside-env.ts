/** The environment inside, built from nothing: no variable of the app or its machine is passed on. */
import { INSIDE_CAFILE } from './bubblewrap-argv.ts'
import { RELAY_PORT } from './inside-script.ts'
import { INSIDE } from './state-folder.ts'

export interface EnvParts {
  readonly path: string
  readonly network: boolean
  readonly cafile: boolean
  readonly npmRegistry: string | undefined
  /** The call's own; wins over ours. */
  readonly own: Readonly<Record<string, string>> | undefined
}

const PROXY = `http://127.0.0.1:${RELAY_PORT}`
const LOCAL = 'localhost,127.0.0.1,::1'
// What each tool reads: Node, OpenSSL, npm, pip, Python's requests, curl, git, cargo.
const CA_VARIABLES = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'npm_config_cafile',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
]

export function insideEnv(parts: EnvParts): Record<string, string> {
  const env: Record<string, string> = {
    PATH: parts.path,
    HOME: INSIDE.home,
    USER: INSIDE.name,
    LOGNAME: INSIDE.name,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    TMPDIR: '/tmp',
    CI: '1',
    // Otherwise npm asks its registry for things that no command needs, and prints what changes by the day.
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  }
  if (parts.network) {
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) env[name] = env[name.toLowerCase()] = PROXY
    env['NO_PROXY'] = env['no_proxy'] = LOCAL
    env['NODE_USE_ENV_PROXY'] = '1'
    if (parts.cafile) for (const name of CA_VARIABLES) env[name] = INSIDE_CAFILE
    if (parts.npmRegistry !== undefined) env['npm_config_registry'] = parts.npmRegistry
  } else {
    // Without it `npx` of a program that is not installed retries for minutes instead of saying so.
    env['npm_config_offline'] = 'true'
  }
  for (const [name, value] of Object.entries(parts.own ?? {})) {
    if (!/^[A-Za-z_]\w*$/.test(name) || value.includes('\0')) throw new Error(`env: bad variable ${name}`)
    env[name] = value
  }
  return env
}
