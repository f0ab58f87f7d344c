import { networkInterfaces } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { egressPolicy, isRefusedAddress } from '../../../src/adapters/sandbox/egress-policy.ts'

describe('an egress policy', () => {
  it('knows exact names, suffixes and ports', () => {
    const policy = egressPolicy(['Registry.npmjs.org', '*.example.com', 'git.example.net:8443'])
    const ok = (target: string) => policy(target).ok
    expect(ok('registry.npmjs.org:443')).toBe(true)
    expect(ok('REGISTRY.npmjs.org.:443')).toBe(true)
    expect(ok('a.b.example.com:443')).toBe(true)
    expect(ok('git.example.net:8443')).toBe(true)
    expect(ok('git.example.net:443')).toBe(false)
    expect(ok('example.com:443')).toBe(false)
    expect(ok('notexample.com:443')).toBe(false)
    expect(ok('registry.npmjs.org.evil.com:443')).toBe(false)
    expect(ok('registry.npmjs.org')).toBe(false)
    expect(ok('registry.npmjs.org:0')).toBe(false)
    expect(ok('registry.npmjs.org:443:443')).toBe(false)
    expect(ok('')).toBe(false)
  })

  it('allows nothing with an empty list', () => {
    expect(egressPolicy([])('registry.npmjs.org:443').ok).toBe(false)
  })
})

describe('a refused address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.8',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:4136:e378::1',
    'fd00:ec2::254',
    'fc00::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'not an address',
    '',
  ])('is %s', (address) => {
    expect(isRefusedAddress(address)).toBe(true)
  })

  it('is every address of this machine', () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    expect(own.length).toBeGreaterThan(0)
    for (const { address } of own) expect(isRefusedAddress(address)).toBe(true)
  })

  it.each([
    '8.8.8.8',
    '104.16.0.1',
    '172.32.0.1',
    '203.0.113.80',
    '2606:4700::6810:1',
    '2001:4860:4860::8888',
  ])('is not %s', (address) => {
    expect(isRefusedAddress(address)).toBe(false)
  })
})
