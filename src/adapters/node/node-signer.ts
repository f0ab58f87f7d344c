/** Keys and hashes from node:crypto. The key for each purpose is derived, so that no two uses share one. */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Signer } from '../../ports/signer.ts'

/** `secret`: at least 32 characters of the operator's choosing (`MILLWRIGHT_SECRET`). */
export function createNodeSigner(secret: string): Signer {
  if (secret.length < 32) throw new RangeError('the secret must have at least 32 characters')
  const mac = (purpose: string, text: string): Buffer => {
    const key = Buffer.from(hkdfSync('sha256', secret, 'millwright', purpose, 32))
    return createHmac('sha256', key).update(text, 'utf8').digest()
  }
  return {
    sign: (purpose, text) => mac(purpose, text).toString('base64url'),
    verify(purpose, text, signature) {
      const given = Buffer.from(signature, 'base64url')
      const wanted = mac(purpose, text)
      return given.length === wanted.length && timingSafeEqual(given, wanted)
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
