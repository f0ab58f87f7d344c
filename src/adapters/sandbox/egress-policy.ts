/** Which hosts and which addresses a sandbox may reach. */
import { BlockList, isIP, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { UserError } from '../../core/errors.ts'

const HTTPS = 443

// A name with a dot and a last label that is no number: no address in any spelling (127.1, 2130706433, 0x7f000001).
const NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

interface Rule {
  readonly name: string
  readonly suffix: boolean
  readonly port: number
}

export type HostCheck =
  | { readonly ok: true; readonly host: string; readonly port: number }
  | { readonly ok: false; readonly host: string; readonly why: string }

/**
 * Reads entries such as `registry.npmjs.org`, `*.example.com`, `example.com:8443` and answers for the target of a
 * CONNECT request. Throws UserError for an entry that is no host name: an address or localhost could be a service of
 * the machine itself.
 */
export function egressPolicy(allowHosts: readonly string[]): (target: string) => HostCheck {
  const rules = allowHosts.map(readRule)
  return (target) => {
    const { name, port } = split(target)
    if (port === undefined || !NAME.test(name)) {
      return { ok: false, host: target.slice(0, 260), why: 'is not a host name with a port' }
    }
    const known = rules.some((rule) => port === rule.port && matches(rule, name))
    return known ? { ok: true, host: name, port } : { ok: false, host: name, why: 'is not on the allow list' }
  }
}

function readRule(entry: string): Rule {
  const suffix = entry.startsWith('*.')
  const { name, port } = split((suffix ? entry.slice(2) : entry).toLowerCase())
  const plain = entry.includes(':') ? port : HTTPS
  if (plain === undefined || !NAME.test(name) || isIP(name) !== 0 || name.endsWith('.localhost')) {
    throw new UserError(
      'config_invalid',
      `network.allow: "${entry.slice(0, 260)}" is not a host name. Write a name such as registry.npmjs.org, *.example.com or ` +
        'example.com:8443; addresses, localhost and whole top-level domains are refused.',
    )
  }
  return { name, suffix, port: plain }
}

function matches(rule: Rule, name: string): boolean {
  return rule.suffix ? name.endsWith(`.${rule.name}`) : name === rule.name
}

function split(target: string): { name: string; port: number | undefined } {
  const match = /^([^:/@\s]{1,253}?)\.?(?::(\d{1,5}))?$/.exec(target)
  const port = Number(match?.[2])
  return { name: (match?.[1] ?? '').toLowerCase(), port: port > 0 && port < 65536 ? port : undefined }
}

const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  // Azure's host agent, on a public address.
  '168.63.129.16/32',
]
// Loopback, mapped and translated IPv4 (NAT64, 6to4, Teredo), unique local, link-local, site-local, multicast.
const REFUSED_V6 = [
  '::/127',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

/** True for addresses of this machine, of private networks, and of cloud metadata services. */
export function isRefusedAddress(address: string): boolean {
  if (isIP(address) === 0) return true
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  return refusedAddresses(family).check(address, family)
}

/** One list per family: in a common one Node would take every IPv4 address for a mapped IPv6 address, and refuse it. */
function refusedAddresses(family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const range of family === 'ipv4' ? REFUSED_V4 : REFUSED_V6) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), family)
  }
  // Read anew each time: a machine's own public addresses come and go.
  for (const own of Object.values(networkInterfaces()).flat()) {
    if (own?.family.toLowerCase() === family) list.addAddress(own.address, family)
  }
  return list
}
