/** Faults on order: what GitHub and networks do on bad days, for tests of those who have to live with it. */

export interface Fault {
  /** Any, when absent. */
  readonly method?: string
  /** A path, a route template, or a pattern of paths; `/graphql` and git's paths too. Any, when absent. */
  readonly path?: string | RegExp
  /** Answer with this, and do nothing; or with `done`, do it all the same. */
  readonly status?: number
  readonly done?: boolean
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Cut the connection: `before` anything is done, or `after`, when it is done but nobody hears of it. */
  readonly reset?: 'before' | 'after'
  /** How many matching requests go well first; default 0. */
  readonly skip?: number
  /** How many requests it hits after that; default 1. */
  readonly times?: number
}

export interface Faults {
  readonly add: (fault: Fault) => void
  /** All that was ordered and has not hit yet is forgotten: the bad day is over. */
  readonly end: () => void
  /** The fault for this request, counted as used. */
  take(request: Aim): Fault | undefined
}

export interface Aim {
  readonly method: string
  readonly path: string
  /** The template that was matched. */
  readonly route: string | undefined
}

export function createFaults(): Faults {
  const waiting: { fault: Fault; skip: number; left: number }[] = []
  return {
    add: (fault) => void waiting.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 }),
    end: () => void waiting.splice(0),
    take({ method, path, route }) {
      for (const order of waiting) {
        const { fault } = order
        const fits = (fault.method ?? method) === method && matches(fault.path, [path, route])
        if (!fits || order.left === 0) continue
        if (order.skip-- > 0) continue
        order.left--
        return fault
      }
      return undefined
    },
  }
}

/** A refusal by cutting the line; the server does the cutting. */
export const CUT = Symbol('cut')

/** Does what was asked, or what was ordered instead. `seen` hears of an answer that was given without the work. */
export async function withFaults(
  faults: Faults,
  aim: Aim,
  { work, seen }: { work: () => Promise<Response>; seen: (status: number) => void },
): Promise<Response | typeof CUT> {
  const fault = faults.take(aim)
  if (!fault) return work()
  if (fault.reset === 'before') return CUT
  if (fault.reset === 'after' || fault.done) await (await work()).body?.cancel()
  if (fault.reset === 'after') return CUT
  if (!fault.done) seen(fault.status ?? 500)
  return faultResponse(fault)
}

function faultResponse(fault: Fault): Response {
  const status = fault.status ?? 500
  const body = JSON.stringify(fault.body ?? { message: `Fault ${status}`, documentation_url: '' })
  const headers = { 'content-type': 'application/json; charset=utf-8', ...fault.headers }
  return new Response(body, { status, headers })
}

function matches(wanted: Fault['path'], [path = '', route]: (string | undefined)[]): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? wanted === path || wanted === route : wanted.test(path)
}
