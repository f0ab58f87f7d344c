/** Which hosts a repository may open its sandbox to. */

export const HOST_RULE =
  'must be a host name such as registry.npmjs.org or *.example.org; no address, port, scheme, localhost, or wildcard over a public suffix'

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const HOST = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})+$`)
/** Names that lead inside, or that anyone can get a name under: a wildcard there opens the sandbox to everybody. */
const INSIDE =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|test|invalid|onion|arpa)$/
const SHARED = new Set(
  (
    'github.io gitlab.io pages.dev workers.dev vercel.app netlify.app herokuapp.com web.app firebaseapp.com ' +
    'amazonaws.com s3.amazonaws.com cloudfront.net azurewebsites.net windows.net blob.core.windows.net ' +
    'googleapis.com appspot.com run.app ngrok.io ngrok.app ngrok-free.app trycloudflare.com fly.dev onrender.com ' +
    'githubusercontent.com nip.io sslip.io duckdns.org'
  ).split(' '),
)
/** Second-level labels under which countries sell names: `*.co.uk` is as wide as `*.com`. */
const SECOND_LEVEL = new Set(['co', 'com', 'net', 'org', 'gov', 'edu', 'ac', 'or', 'ne', 'go'])

/** True for an exact public host name, or `*.name` where only one owner can have names below. */
export function allowedHost(host: string): boolean {
  if (host.length > 253 || !HOST.test(host) || INSIDE.test(host)) return false
  const labels = host.split('.')
  // A last label of digits (or 0x…) is an address in disguise, in any of the forms that resolvers accept.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return false
  if (labels[0] !== '*') return true
  const base = labels.slice(1)
  if (base.length < 2 || SHARED.has(base.join('.'))) return false
  return !(base.length === 2 && (base[1] ?? '').length === 2 && SECOND_LEVEL.has(base[0] ?? ''))
}
