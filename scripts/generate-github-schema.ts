/** Writes the parts of GitHub's published schemas that the local forge serves, without prose, from pinned packages. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allRoutes, RATE_LIMIT_PATH, WEBHOOKS } from '../src/adapters/local-forge/routes/all-routes.ts'
import { type Description, openApiSubset } from './github-schema/open-api-subset.ts'
import { graphqlSubset } from './github-schema/graphql-subset.ts'

/** The descriptions are hundreds of megabytes with GitHub's whole API in them, so neither is a dependency. */
const OPENAPI = '@octokit/openapi@23.0.2'
const GRAPHQL = '@octokit/graphql-schema@15.26.1'

const out = join(import.meta.dirname, '..', 'src', 'adapters', 'local-forge', 'generated')

/** Fetches one package from the registry and returns one of its files, without unpacking the rest. */
function fileOf(spec: string, path: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'github-schema-'))
  try {
    const packed = execFileSync('npm', ['pack', spec, '--silent', '--pack-destination', dir], {
      encoding: 'utf8',
    })
    const archive = join(dir, packed.trim().split('\n').at(-1) ?? '')
    execFileSync('tar', ['xzf', archive, '-C', dir, `package/${path}`])
    return readFileSync(join(dir, 'package', path), 'utf8')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const routes = [...allRoutes, { method: 'GET', path: RATE_LIMIT_PATH }]
const description = JSON.parse(fileOf(OPENAPI, 'generated/api.github.com.json')) as Description
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'openapi.json'), openApiSubset(description, { routes, webhooks: WEBHOOKS }))
writeFileSync(join(out, 'schema.graphql'), graphqlSubset(fileOf(GRAPHQL, 'schema.graphql')))
process.stdout.write(`${routes.length} routes and ${WEBHOOKS.length} webhooks written to ${out}\n`)
