/** Who may see the set-up page: the one who opens the link from the terminal, once, in a browser on this machine. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Random } from '../../../ports/clock.ts'

type Passage =
  | { readonly kind: 'in' }
  /** The link was right: set the cookie and show the page without the token in its address. */
  | { readonly kind: 'welcome'; readonly cookie: string }
  | { readonly kind: 'refused'; readonly sentence: string }

export interface Gate {
  /** For the terminal only. */
  readonly token: string
  passage(request: IncomingMessage): Passage
}

const COOKIE = 'millwright_set_up'

/** Names of this machine: a page elsewhere that made its own name point here would come with another one. */
const HERE = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

export function createGate(random: Random): Gate {
  const token = random.hex(24)
  const session = random.hex(24)
  let used = false
  return {
    token,
    passage(request) {
      if (!HERE.test(request.headers.host ?? '')) return refused(NOT_HERE)
      if (same(cookieOf(request), session)) return { kind: 'in' }
      const given = new URL(request.url ?? '/', 'http://localhost').searchParams.get('token')
      if (given === null) return refused('Open the link that npm start printed in the terminal.')
      if (!same(given, token))
        return refused('This token is not the one that npm start printed in the terminal.')
      if (used)
        return refused(
          'This link was used already, and works once. Stop npm start and start it again for a new one.',
        )
      // A look at the head is no use of the link: browsers and chat programs look ahead.
      if (request.method !== 'GET') return refused('Open the link in a browser.')
      used = true
      return { kind: 'welcome', cookie: `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax` }
    },
  }
}

const NOT_HERE =
  'The set-up page answers only as 127.0.0.1 or localhost. From another machine, forward the port: ssh -L 3000:127.0.0.1:3000 and the name of the machine.'

const refused = (sentence: string): Passage => ({ kind: 'refused', sentence })

/** In the same time, however much of it is right. */
function same(given: string | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return given !== undefined && timingSafeEqual(digest(given), digest(wanted))
}

function cookieOf(request: IncomingMessage): string | undefined {
  const cookies = (request.headers.cookie ?? '').split(';').map((part) => part.trim().split('='))
  return cookies.find(([name]) => name === COOKIE)?.[1]
}
