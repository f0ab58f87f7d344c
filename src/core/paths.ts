/** Which paths are tests, documentation, runner configuration, or nobody's to change but a person's. */

/** Changed by no run: they decide what runs, who may merge, or what agents are told. */
const PROTECTED = [
  /^\.github\/(?:workflows|actions)\//,
  /^\.github\/millwright(?:\.ya?ml$|\/)/,
  /^(?:\.github\/|docs\/)?CODEOWNERS$/,
  /(?:^|\/)(?:AGENTS|CLAUDE|GEMINI)\.md$/,
  /(?:^|\/)(?:\.claude|\.cursor|\.agents)\//,
  /(?:^|\/)(?:\.mcp\.json|\.cursorrules)$/,
  /^\.github\/(?:copilot-instructions\.md$|instructions\/|prompts\/)/,
  /(?:^|\/)\.git(?:\/|attributes$|modules$)/,
  // Dependencies are installed by the runner; committed ones would be code that nobody reads.
  /(?:^|\/)node_modules(?:\/|$)/,
]

export function isProtected(path: string): boolean {
  return PROTECTED.some((pattern) => pattern.test(path))
}

const TEST = [
  /(?:^|\/)(?:tests?|__tests__|spec|specs|__mocks__|fixtures)\//,
  /(?:^|[./_-])(?:test|spec)s?\.[cm]?[jt]sx?$/,
  /(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$/,
  /_test\.go$/,
  /(?:^|\/)__snapshots__\/|\.snap$/,
]

export function isTestFile(path: string): boolean {
  return TEST.some((pattern) => pattern.test(path))
}

const DOCUMENTATION =
  /\.(?:md|mdx|markdown|rst|txt|adoc)$|(?:^|\/)(?:docs?|LICEN[CS]E|CHANGELOG|AUTHORS|NOTICE)(?:\/|$)/i

export function isDocumentation(path: string): boolean {
  return DOCUMENTATION.test(path)
}

/** Written by package managers; taken back alone they would only make the install fail. */
export function isLockFile(path: string): boolean {
  return /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock|Pipfile\.lock|go\.sum)$/.test(
    path,
  )
}

/** Files that decide which tests run and how. `package.json` is treated by itself, since it holds more than that. */
const RUNNER_CONFIG = [
  /(?:^|\/)(?:jest|vitest|vite|ava|babel|playwright|karma)\.config\.[^/]+$/,
  /(?:^|\/)vitest\.workspace\.[^/]+$/,
  /(?:^|\/)(?:\.mocharc[^/]*|\.taprc|\.nycrc[^/]*|\.c8rc[^/]*|\.babelrc[^/]*|\.swcrc|\.npmrc)$/,
  /(?:^|\/)(?:pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|conftest\.py|sitecustomize\.py)$/,
  /(?:^|\/)tests?\/mocha\.opts$/,
]

export function isRunnerConfig(path: string): boolean {
  return RUNNER_CONFIG.some((pattern) => pattern.test(path))
}
