import { describe, expect, it } from '@jest/globals'
import { createNodeSigner } from '../../../src/adapters/node/node-signer.ts'

const SECRET = 'an operator chose this long secret'

describe('the signer', () => {
  const signer = createNodeSigner(SECRET)

  it('verifies what it signed, for the same purpose only', () => {
    const signature = signer.sign('state-comment', 'text')
    expect(signer.verify('state-comment', 'text', signature)).toBe(true)
    expect(signer.verify('other', 'text', signature)).toBe(false)
    expect(signer.verify('state-comment', 'text!', signature)).toBe(false)
    expect(signer.verify('state-comment', 'text', '')).toBe(false)
    expect(createNodeSigner(`${SECRET}!`).verify('state-comment', 'text', signature)).toBe(false)
  })

  it('refuses a short secret', () => {
    expect(() => createNodeSigner('short')).toThrow('32 characters')
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
