/** Keys and hashes from node:crypto. The key for each purpose is derived, so that no two uses share one. */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Signer } from '../../ports/signer.ts'

type Sign = Signer['sign']

/** @param secret at least 32 characters */
function createSign(secret: string): Sign {
  if (secret.length < 32) throw new RangeError('the secret must have at least 32 characters')
  return (purpose, text) => {
    const key = Buffer.from(hkdfSync('sha256', secret, 'millwright', purpose, 32))
    return createHmac('sha256', key).update(text, 'utf8').digest('base64url')
  }
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given, 'utf8'), Buffer.from(wanted, 'utf8')]
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * `secret` is of the operator's choosing (`MILLWRIGHT_SECRET`). `previous` is the one before it: what was signed with it
 * is still ours, and nothing is signed with it any more.
 */
export function createNodeSigner(secret: string, previous?: string): Signer {
  const sign = createSign(secret)
  const signBefore = previous === undefined ? undefined : createSign(previous)
  return {
    sign,
    keyOf(purpose, text, signature) {
      if (isSame(signature, sign(purpose, text))) return 'current'
      return signBefore && isSame(signature, signBefore(purpose, text)) ? 'previous' : undefined
    },
    hash: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    deflate: (text) => deflateRawSync(Buffer.from(text, 'utf8'), { level: 9 }).toString('base64url'),
    inflate(packed, limit) {
      try {
        return inflateRawSync(Buffer.from(packed, 'base64url'), { maxOutputLength: limit }).toString('utf8')
      } catch {
        // Bad input and a bomb are the same to the caller: not ours, not read.
        return undefined
      }
    },
  }
}
