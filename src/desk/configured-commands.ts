/** The config's commands as the prover takes them. */
import type { Config } from '../core/config.ts'
import type { Commands, Prover } from '../ports/proof.ts'

const SECONDS = 60

export function configuredCommands(config: Config): Parameters<Prover['detect']>[2] {
  const { setup, test, lint, report, timeout_minutes } = config.commands
  return {
    ...(setup === undefined ? {} : { setup }),
    ...(test === undefined ? {} : { test }),
    ...(lint === undefined ? {} : { lint }),
    ...(report === undefined ? {} : { report }),
    timeoutSeconds: Math.round(timeout_minutes * SECONDS),
    allowHosts: config.network.allow,
  }
}

/** A build belongs to every test run: hunks are taken back in the source, and the tests must see that. */
export function withBuild(commands: Commands, build: string | undefined): Commands {
  if (build === undefined) return commands
  const built = (command: string): string => `{ ${build}; } && ${command}`
  const oneFile = commands.oneFile === undefined ? {} : { oneFile: built(commands.oneFile) }
  return { ...commands, ...(commands.test === undefined ? {} : { test: built(commands.test) }), ...oneFile }
}
