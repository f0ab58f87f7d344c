/** Fetches a story's package from the registry, inside the sandbox, and lays it out as the repository's first commit. */
import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../core/errors.ts'
import type { Sandbox } from '../../ports/sandbox.ts'
import type { Story } from './stories.ts'

export interface SeedOptions {
  readonly sandbox: Sandbox
  /** State folder that the sandbox's user may enter. */
  readonly root: string
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  readonly registryHost: string
}

const LIMITS = { seconds: 120, memoryMb: 1024, processes: 128, outputBytes: 100_000 }

/** Values go in by the environment and are quoted there: nothing of a story is ever a piece of shell. */
const SCRIPT = `set -eu
npm pack --silent "$PACKAGE@$VERSION" > /dev/null
file=$(ls ./*.tgz)
echo "$SHA512  $file" | sha512sum --check --status || { echo "the tarball of $PACKAGE@$VERSION is not the one this demo was made with" >&2; exit 3; }
tar -xzf "$file" --strip-components=1 --no-same-owner
rm "$file"
mkdir -p .github
printf '%s' "$CONFIG" > .github/millwright.yml
`

/** The folder to import. Throws UserError when the registry can't be reached or the package is another one. */
export async function seedStory(story: Story, options: SeedOptions): Promise<string> {
  const folder = join(options.root, 'seed', story.name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  if (options.owner) await chown(folder, options.owner.uid, options.owner.gid)
  const { source } = story
  const result = await options.sandbox.run(SCRIPT, {
    checkout: folder,
    writable: true,
    allowHosts: [options.registryHost],
    env: { PACKAGE: source.package, VERSION: source.version, SHA512: source.sha512, CONFIG: story.config },
    limits: LIMITS,
  })
  if (result.code === 0) return folder
  const end = result.stderr.trim().split('\n').slice(-5).join('\n')
  throw new UserError(
    'setup_failed',
    `${source.package}@${source.version} could not be fetched from ${options.registryHost}:\n${end}`,
  )
}
