/** `npm run mill`: reads the arguments, does one thing, and says what went wrong in one sentence where it did. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../core/errors.ts'
import { CONFIG_LIMIT, CONFIG_PATH } from '../../ports/config.ts'
import { openReaderForge } from '../../adapters/github/token-forge.ts'
import { githubAddresses, loadEnv, readEnv } from '../env.ts'
import type { Env } from '../env.ts'
import { runMain } from '../run-main.ts'
import { serve } from '../web/serve.ts'
import { checkConfigText, readConfigFile } from './check-config.ts'
import { initRepository } from './init-repository.ts'
import { readIssueAddress, readRepositoryName } from './issue-address.ts'
import { rebuild } from './rebuild.ts'
import { runIssue } from './run-issue.ts'
import { USAGE } from './usage.ts'

function misused(problem: string): never {
  throw new UserError('config_invalid', `${problem}\n\n${USAGE}`)
}

/** All that is missing at once, each with its fix. */
function needed(env: Env, names: readonly ('GITHUB_TOKEN' | 'ANTHROPIC_API_KEY')[]): void {
  const fix = {
    GITHUB_TOKEN: 'a token of yours, from https://github.com/settings/tokens',
    ANTHROPIC_API_KEY: 'a key for the Messages API, from https://platform.claude.com/settings/keys',
  }
  const missing = names.filter((name) => env[name] === undefined)
  if (missing.length === 0) return
  const lines = missing.map((name) => `  ${name}: not set. It is ${fix[name]}.`)
  throw new UserError('config_invalid', `The environment lacks:\n${lines.join('\n')}`)
}

async function run(env: Env, [address, ...more]: readonly string[]): Promise<boolean> {
  if (address === undefined || more.length > 0) misused('run takes one issue.')
  const { repository, number } = readIssueAddress(address)
  needed(env, ['GITHUB_TOKEN', 'ANTHROPIC_API_KEY'])
  const stateRoot = env.MILLWRIGHT_STATE ?? join(tmpdir(), `millwright-run-${process.getuid?.() ?? 0}`)
  return runIssue({
    repository,
    number,
    token: env.GITHUB_TOKEN ?? '',
    ...githubAddresses(env),
    secret: env.MILLWRIGHT_SECRET,
    model: {
      name: env.MILLWRIGHT_MODEL ?? 'claude-sonnet-5-5',
      apiKey: env.ANTHROPIC_API_KEY ?? '',
      baseUrl: env.ANTHROPIC_BASE_URL,
      source: 'live',
    },
    stateRoot,
    kit: {
      path: env.PATH,
      home: env.HOME ?? '/nonexistent',
      cafile: env.NODE_EXTRA_CA_CERTS,
      npmRegistry: env.MILLWRIGHT_REGISTRY,
    },
    screen: {
      write: (text) => void process.stdout.write(text),
      live: process.stdout.isTTY && !env.NO_COLOR,
      now: () => Date.now(),
    },
    interrupted: interrupted(),
    paced: true,
    everyMs: 5_000,
  })
}

/** The first Ctrl-C asks for a stop, which the issue is told of; a second one ends the process. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => {
      process.once('SIGINT', () => process.exit(130))
      resolve()
    })
  })
}

async function checkConfig(env: Env, [where, ...more]: readonly string[]): Promise<boolean> {
  if (more.length > 0) misused('config check takes one file or repository.')
  const remote = where !== undefined && /^[\w-]+\/[\w.-]+$/.test(where) && !/\.ya?ml$/.test(where)
  const { ok, lines } = remote
    ? await checkRemote(env, where)
    : checkConfigText(where ?? CONFIG_PATH, await readConfigFile(where))
  process.stdout.write(`${lines.join('\n')}\n`)
  return ok
}

async function checkRemote(env: Env, where: string): Promise<{ ok: boolean; lines: readonly string[] }> {
  const { apiUrl } = githubAddresses(env)
  const { forge, repo } = await openReaderForge({
    token: env.GITHUB_TOKEN,
    apiUrl,
    repository: readRepositoryName(where),
  })
  const file = { path: CONFIG_PATH, ref: 'HEAD', limit: CONFIG_LIMIT }
  const text = await forge.issues.textFile(repo, file)
  const name = `${repo.owner}/${repo.name}: ${CONFIG_PATH}`
  return checkConfigText(name, text === undefined ? undefined : new TextEncoder().encode(text))
}

async function init(env: Env, [where, ...more]: readonly string[]): Promise<boolean> {
  if (where === undefined || more.length > 0) misused('init takes one repository.')
  const repository = readRepositoryName(where)
  needed(env, ['GITHUB_TOKEN'])
  const options = { repository, token: env.GITHUB_TOKEN ?? '', ...githubAddresses(env), paced: true }
  process.stdout.write(`${await initRepository(options)}\n`)
  return true
}

/** Commands that take nothing and run as long as they are let. */
function standing(command: string, rest: readonly string[]): Promise<boolean> | undefined {
  const found = { web: () => serve('web'), worker: () => serve('worker'), rebuild }[command]
  if (found && rest.length > 0) misused(`${command} takes nothing behind it.`)
  return found?.()
}

async function main([command, ...rest]: readonly string[]): Promise<boolean> {
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(USAGE)
    return true
  }
  const stands = standing(command, rest)
  if (stands) return stands
  const env = readEnv(loadEnv())
  if (command === 'run') return run(env, rest)
  if (command === 'init') return init(env, rest)
  if (command === 'config' && rest[0] === 'check') return checkConfig(env, rest.slice(1))
  return misused(
    `There is no command "${[command, ...(command === 'config' ? rest.slice(0, 1) : [])].join(' ')}".`,
  )
}

await runMain(() => main(process.argv.slice(2)))
