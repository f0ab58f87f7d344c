/**
 * Sends deliveries to argv[2] over argv[3] connections that stay open, for argv[4] seconds, signed with argv[5]: each
 * connection sends the next one when the last was answered. A process of its own, so that it measures from outside.
 */
import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import type { Letter } from 'autocannon'
import { quantile } from '../figures.ts'
import { letters } from './letters.ts'

export interface Load {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Deliveries that were not answered with 2xx, or not at all. */
  readonly refused: number
}

const [, , url = '', connections = '1', seconds = '1', secret = ''] = process.argv
const requests = letters(secret).map((letter): Letter => ({
  ...letter,
  method: 'POST',
  setupRequest: renewed,
}))
const times: number[] = []
let refused = 0
let clients = 0
let last = 0
const began = performance.now()
const { errors, timeouts } = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  sampleInt: 100,
  requests,
  setupClient(client) {
    // Otherwise all connections would send the same one at the same moment.
    const start = Math.floor((clients / Number(connections)) * requests.length)
    clients += 1
    client.setRequests([...requests.slice(start), ...requests.slice(0, start)])
    client.on('response', (status, _bytes, ms) => {
      last = performance.now()
      if (status >= 200 && status < 300) times.push(ms)
      else refused += 1
    })
  },
})
const load: Load = {
  perSecond: times.length / ((last - began) / 1000),
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
  refused: refused + errors + timeouts,
}
process.stdout.write(`${JSON.stringify(load)}\n`)

/** An id that was there before would be dropped, not stored. */
function renewed(letter: Letter): Letter {
  return { ...letter, headers: { ...letter.headers, 'x-github-delivery': randomUUID() } }
}
