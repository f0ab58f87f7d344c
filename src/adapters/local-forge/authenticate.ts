/** From the authorization header to whom the request speaks for. */
import { verify } from 'node:crypto'
import { ApiError, badCredentials, suspended } from './api-error.ts'
import { isRecord } from './fields.ts'
import type { AppRecord, Principal, World } from './world.ts'

/** GitHub refuses tokens that live longer than ten minutes; a clock may be a minute ahead of its own. Seconds. */
const MAX_LIFE = 600
const DRIFT = 60

const UNDECODABLE = 'A JSON web token could not be decoded'

/** No header is anonymous; a bad one is 401, never anonymous. */
export function authenticate(world: World, authorization: string | undefined): Principal {
  if (authorization === undefined || authorization.trim() === '') return { kind: 'anonymous' }
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/)
  const token = scheme.toLowerCase() === 'basic' ? passwordOf(value) : value
  if (!/^(basic|bearer|token)$/i.test(scheme) || token === '') throw badCredentials()
  if (token.split('.').length === 3) return { kind: 'app', app: appOf(world, token) }
  const principal = world.tokens.get(token)
  if (!principal) throw badCredentials()
  if (principal.kind === 'installation' && Date.parse(principal.expiresAt) <= Date.parse(world.clock.now()))
    throw badCredentials()
  if (principal.kind === 'installation' && principal.installation.suspended) throw suspended()
  return principal
}

function passwordOf(value: string): string {
  const [user = '', password = ''] = Buffer.from(value, 'base64').toString('utf8').split(':')
  return password === '' || password === 'x-oauth-basic' ? user : password
}

function appOf(world: World, token: string): AppRecord {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const header = decode(head)
  const claims = decode(payload)
  if (!header || !claims || header['alg'] !== 'RS256') throw new ApiError(401, UNDECODABLE)
  const issuer = String(claims['iss'])
  const app = world.apps.find((known) => String(known.id) === issuer || known.clientId === issuer)
  if (!app) throw new ApiError(404, 'Integration not found')
  const signed = Buffer.from(`${head}.${payload}`)
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url')))
    throw new ApiError(401, UNDECODABLE)
  checkTimes(claims, Date.parse(world.clock.now()) / 1000)
  return app
}

function checkTimes(claims: Record<string, unknown>, now: number): void {
  const { iat, exp } = claims
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > now + DRIFT)
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    )
  if (typeof exp !== 'number' || exp <= now)
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    )
  if (exp > now + MAX_LIFE)
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
