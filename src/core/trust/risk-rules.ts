/** What makes a changed file risky, by rules that no model takes part in: one entry for each kind of thing. */
import { isDocumentation, isLockFile, isProtected, isTestFile } from '../paths.ts'
import type { Plan } from '../plan.ts'
import { showInvisible } from '../untrusted/invisible.ts'

/** What the rules read of one changed file; a workspace's diff has it. */
export interface ChangedFile {
  readonly path: string
  readonly previousPath: string | undefined
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'mode_changed'
  readonly mode: string
  readonly binary: boolean
  readonly hunks: readonly { readonly lines: number; readonly patch: string }[]
}

type Risk = Plan['risk']

interface RiskRule {
  readonly risk: Risk
  /** In words, behind the names of the files it was found in. */
  readonly because: string
  readonly holds: (file: ChangedFile) => boolean
}

/** Read by people only. What a program reads is no documentation, wherever it lies: `docs/conf.py`, `requirements.txt`. */
export function isProse(path: string): boolean {
  return isDocumentation(path) && (/\.(?:md|markdown|rst|adoc)$/i.test(path) || !/\.[^/]+$/.test(path))
}

/** Neither prose nor tests: what runs where the change is used. */
function isSource({ path }: ChangedFile): boolean {
  return !isProse(path) && !isTestFile(path)
}

const inPath =
  (pattern: RegExp) =>
  ({ path, previousPath }: ChangedFile): boolean =>
    pattern.test(path) || (previousPath !== undefined && pattern.test(previousPath))

const MANIFEST =
  /(?:^|\/)(?:package\.json|bower\.json|deno\.jsonc?|requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt|pyproject\.toml|setup\.(?:py|cfg)|Pipfile|environment\.ya?ml|go\.(?:mod|work)|Cargo\.toml|Gemfile|[^/]+\.gemspec|composer\.json|pom\.xml|[^/]*\.gradle(?:\.kts)?|[^/]+\.csproj|packages\.config|mix\.exs|Package\.swift|vcpkg\.json|conanfile\.(?:py|txt))$/i
const LOCKS =
  /(?:^|\/)(?:bun\.lockb?|deno\.lock|Cargo\.lock|Gemfile\.lock|composer\.lock|gradle\.lockfile|packages\.lock\.json|mix\.lock|Package\.resolved|pdm\.lock|go\.work\.sum|\.npmrc|\.yarnrc(?:\.yml)?|pip\.conf)$/i
const CI =
  /^(?:\.github|\.gitlab|\.circleci|\.buildkite|\.husky)\/|(?:^|\/)(?:\.gitlab-ci\.yml|\.travis\.yml|\.drone\.yml|Jenkinsfile|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|appveyor\.yml|\.pre-commit-config\.yaml|renovate\.json5?)$/i
const BUILD =
  /(?:^|\/)(?:(?:Dockerfile|Containerfile)[^/]*|(?:docker-)?compose[^/]*\.ya?ml|Makefile|CMakeLists\.txt|[^/]+\.(?:cmake|mk|tf|hcl|nix)|(?:webpack|rollup|vite|esbuild|babel|tsup|jest|vitest)\.config\.[^/]+|tsconfig[^/]*\.json|tox\.ini|BUILD(?:\.bazel)?|WORKSPACE|Procfile|[^/]+\.service)$|(?:^|\/)(?:terraform|helm|k8s|kubernetes|deploy(?:ment)?|charts|ansible)\//i
const MIGRATION =
  /(?:^|\/)(?:migrations?|migrate|alembic|flyway|liquibase)\/|\.sql$|(?:^|\/)schema\.(?:prisma|rb)$/i
/** Whole words of a path, however they are joined: `auth/`, `user-session.ts`, `userPassword.js`. */
const SECURITY =
  /^(?:auth\w*|oauth\w*|login|signin|sessions?|passwords?|passwd|secrets?|credentials?|tokens?|crypto\w*|cipher|encrypt\w*|decrypt\w*|signatures?|jwt|tls|ssl|certs?|certificates?|permissions?|acl|rbac|security|sandbox|saniti[sz]\w*|csrf|cors|sudo)$/
const INTERFACE =
  /\.(?:d\.[cm]?ts|pyi|proto|graphqls?|avsc|thrift|wsdl|xsd)$|(?:^|\/)(?:openapi|swagger)[^/]*\.(?:ya?ml|json)$/i

/** A line that offers something to others, in the languages whose syntax says so; group 1 is its name. */
const OFFERS: readonly { readonly files: RegExp; readonly line: RegExp }[] = [
  {
    files: /\.[cm]?[jt]sx?$/,
    line: /^\s*export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let|var|interface|type|enum|namespace)\s+([\w$]+)/,
  },
  { files: /\.c?js$/, line: /^\s*(?:module\.)?exports\.([\w$]+)\s*=/ },
  // Names that begin with `_` are private by custom.
  { files: /\.py$/, line: /^(?:async\s+)?(?:def|class)\s+([A-Za-z]\w*)/ },
  { files: /\.go$/, line: /^(?:func|type|var|const)\s+(?:\([^)]*\)\s*)?([A-Z]\w*)/ },
  { files: /\.rs$/, line: /^\s*pub\s+(?:async\s+)?(?:fn|struct|enum|trait|type|const|static|mod)\s+(\w+)/ },
  { files: /\.(?:java|kt|cs)$/, line: /^\s*public\s+[^=({;]*?(\w+)\s*[({=;]/ },
]
/** Re-exports and whole modules: what they offer has no single name, so the line itself has to stay. */
const OFFERS_MANY = /^\s*(?:export\s+(?:\{|\*|default\b)|module\.exports\s*=|__all__\s*=)/
/** Characters of a line that are looked at: a name stands at its beginning, and minified files are one line. */
const LINE = 300

function offered(path: string, line: string): string | undefined {
  const start = line.slice(0, LINE)
  for (const one of OFFERS) {
    const name = one.files.test(path) ? one.line.exec(start)?.[1] : undefined
    if (name !== undefined) return name
  }
  // One function or class: whatever becomes of it, the module still is it.
  if (/^\s*module\.exports\s*=\s*[^\s{]/.test(start)) return 'module.exports'
  return OFFERS_MANY.test(start) ? line.trim() : undefined
}

function changedLines({ hunks }: ChangedFile, sign: '+' | '-'): string[] {
  return hunks.flatMap(({ patch }) => {
    const lines = patch.split('\n')
    // Above the first hunk stand the names of the files, which begin with the same signs.
    return lines
      .slice(lines.findIndex((line) => line.startsWith('@@')) + 1)
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
  })
}

/** Something that others may use is not offered any more; a change of what stands behind its name is none of these. */
function losesOffer(file: ChangedFile): boolean {
  if (!isSource(file) || file.status === 'deleted') return false
  const still = new Set(changedLines(file, '+').map((line) => offered(file.path, line)))
  return changedLines(file, '-').some((line) => {
    const name = offered(file.path, line)
    return name !== undefined && !still.has(name)
  })
}

function guards({ path, previousPath }: ChangedFile): boolean {
  const words = `${path}/${previousPath ?? ''}`.split(/[/._-]+|(?<=[a-z0-9])(?=[A-Z])/)
  return words.some((word) => SECURITY.test(word.toLowerCase()))
}

function hidesText(file: ChangedFile): boolean {
  return changedLines(file, '+').some((line) => showInvisible(line.replace(/\r$/, '')).hidden > 0)
}

/** Most severe first: the first few are all that people are shown. */
export const RISK_RULES: readonly RiskRule[] = [
  { risk: 'high', because: 'characters that no page shows were added', holds: hidesText },
  {
    risk: 'high',
    because: 'instructions to agents, my own config, or files that git itself obeys',
    holds: ({ path, previousPath }) =>
      isProtected(path) || (previousPath !== undefined && isProtected(previousPath)),
  },
  {
    risk: 'high',
    because: 'links or submodules',
    holds: ({ mode, status }) => status !== 'deleted' && mode !== '100644' && mode !== '100755',
  },
  { risk: 'high', because: 'what CI runs', holds: inPath(CI) },
  {
    risk: 'high',
    because: 'dependencies: code of others runs from there on',
    holds: ({ path, previousPath }) =>
      [path, previousPath ?? path].some((one) => MANIFEST.test(one) || LOCKS.test(one) || isLockFile(one)),
  },
  {
    risk: 'high',
    because: 'stored data: a migration is not taken back by a revert',
    holds: (file) => isSource(file) && inPath(MIGRATION)(file),
  },
  {
    risk: 'high',
    because: 'who may do what, or secrets',
    holds: (file) => isSource(file) && guards(file),
  },
  {
    risk: 'high',
    because: 'tests were deleted',
    holds: ({ path, previousPath, status }) =>
      (status === 'deleted' && isTestFile(path)) ||
      (previousPath !== undefined && isTestFile(previousPath) && !isTestFile(path)),
  },
  { risk: 'medium', because: 'how it is built or deployed', holds: inPath(BUILD) },
  {
    risk: 'medium',
    because: 'an interface that others build on',
    holds: (file) => isSource(file) && inPath(INTERFACE)(file),
  },
  { risk: 'medium', because: 'something is not exported any more', holds: losesOffer },
  {
    risk: 'medium',
    because: 'files were deleted',
    holds: ({ status }) => status === 'deleted',
  },
  {
    risk: 'medium',
    because: 'source files were moved',
    holds: (file) => file.status === 'renamed' && isSource(file),
  },
  { risk: 'medium', because: 'binary files, which nobody can read', holds: ({ binary }) => binary },
  {
    risk: 'medium',
    because: 'programs, or files that became one or ceased to be one',
    holds: ({ mode, status }) => status === 'mode_changed' || (status === 'added' && mode === '100755'),
  },
  {
    risk: 'medium',
    because: 'hidden files, which tools obey and people overlook',
    holds: inPath(/(?:^|\/)\.[^/]+(?:\/|$)/),
  },
]
