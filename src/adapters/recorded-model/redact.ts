/** Keeps secrets out of a recording: the ones we were given, and anything that looks like one. */

const MASK = '<secret>'

const PATTERNS: readonly RegExp[] = [
  /\bsk-ant-[\w-]{16,}/g,
  /\b(?:gh[pousr]_|github_pat_)\w{20,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\bxox[abprs]-[\w-]{10,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
]

/** Works on JSON text, where a secret with line breaks or quotes stands escaped. Shorter ones would hit by accident. */
export function createRedactor(secrets: readonly string[]): (json: string) => string {
  const given = secrets
    .filter((secret) => secret.length >= 8)
    .map((secret) => JSON.stringify(secret).slice(1, -1))
  return (json) => {
    const masked = given.reduce((text, secret) => text.replaceAll(secret, MASK), json)
    return PATTERNS.reduce((text, pattern) => text.replaceAll(pattern, MASK), masked)
  }
}
