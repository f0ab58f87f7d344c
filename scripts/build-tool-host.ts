// Bundles the tool host into one file, because inside a sandbox there is no node_modules of ours.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Writes the bundle to `outfile`. Throws with esbuild's messages when it cannot. */
export async function buildToolHost(outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/adapters/tool-host/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
    legalComments: 'inline',
    logLevel: 'warning',
    // Parts of the SDK load packages by require, which an ESM bundle has to make for itself.
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
  })
}

if (import.meta.main) await buildToolHost(`${root}/dist/tool-host.mjs`)
