import { describe, expect, it } from '@jest/globals'
import { createNodeSigner } from '../../../src/adapters/node/node-signer.ts'

const SECRET = 'an operator chose this long secret'

describe('the signer', () => {
  const signer = createNodeSigner(SECRET)

  it('verifies what it signed, for the same purpose only', () => {
    const signature = signer.sign('state-comment', 'text')
    expect(signer.keyOf('state-comment', 'text', signature)).toBe('current')
    expect(signer.keyOf('other', 'text', signature)).toBeUndefined()
    expect(signer.keyOf('state-comment', 'text!', signature)).toBeUndefined()
    expect(signer.keyOf('state-comment', 'text', '')).toBeUndefined()
    expect(createNodeSigner(`${SECRET}!`).keyOf('state-comment', 'text', signature)).toBeUndefined()
  })

  it('F-53: knows what the secret before it signed, and signs with its own alone', () => {
    const rotated = createNodeSigner(`${SECRET}, renewed`, SECRET)
    const before = signer.sign('state-comment', 'text')
    const now = rotated.sign('state-comment', 'text')
    expect(now).not.toBe(before)
    expect(rotated.keyOf('state-comment', 'text', before)).toBe('previous')
    expect(rotated.keyOf('state-comment', 'text', now)).toBe('current')
    expect(rotated.keyOf('other', 'text', before)).toBeUndefined()
    expect(signer.keyOf('state-comment', 'text', now)).toBeUndefined()
  })

  it('takes one spelling of a signature, under either secret', () => {
    const rotated = createNodeSigner(`${SECRET}, renewed`, SECRET)
    for (const signature of [rotated.sign('p', 'text'), signer.sign('p', 'text')]) {
      const bytes = Buffer.from(signature, 'base64url')
      const spellings = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
        .map((last) => signature.slice(0, -1) + last)
        .filter((spelling) => bytes.equals(Buffer.from(spelling, 'base64url')))
      expect(spellings).toHaveLength(4)
      expect(spellings.filter((spelling) => rotated.keyOf('p', 'text', spelling))).toEqual([signature])
      expect(rotated.keyOf('p', 'text', `${signature}=`)).toBeUndefined()
    }
  })

  it('refuses a short secret', () => {
    expect(() => createNodeSigner('short')).toThrow('32 characters')
    expect(() => createNodeSigner(SECRET, 'short')).toThrow(RangeError)
    expect(() => createNodeSigner(SECRET, '')).toThrow(RangeError)
  })

  it('gives back what it packed, and nothing for rubbish or a bomb', () => {
    const text = 'ä'.repeat(1000)
    expect(signer.inflate(signer.deflate(text), 10_000)).toBe(text)
    expect(signer.inflate(signer.deflate('0'.repeat(1_000_000)), 10_000)).toBeUndefined()
    expect(signer.inflate('@@@', 10_000)).toBeUndefined()
  })

  it('hashes as sha256sum does', () => {
    expect(signer.hash('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})
