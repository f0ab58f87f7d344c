/** One webhook as it was sent, and what came back. */
export interface Delivery {
  readonly id: number
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly app: string
  readonly installationId: number
  readonly repositoryId: number | null
  readonly payload: Readonly<Record<string, unknown>>
  readonly deliveredAt: string
  readonly redelivery: boolean
  readonly url: string
  readonly requestHeaders: Readonly<Record<string, string>>
  /** False while it is on its way: GitHub lists what was tried, not what will be. */
  tried: boolean
  /** 0 until answered, and when nobody answered. */
  status: number
  responseBody: string
  /** Seconds, as GitHub reports it. */
  duration: number
}

/** What becomes of a webhook on a bad day. */
type Fate =
  /** Arrives so many times (once, unless told), but not before `after`; what is sent meanwhile overtakes it. */
  | { readonly kind: 'sent'; readonly times?: number; readonly after?: Promise<unknown> }
  /** Nobody gets it: GitHub lists it as answered with that status, or not at all (0, unless told). */
  | { readonly kind: 'failed'; readonly status?: number }
  /** Never sent, and never listed. */
  | { readonly kind: 'lost' }

/** Asked for every webhook when it is about to be sent, redeliveries too. Undefined is a good day. */
export type FateOf = (delivery: Delivery) => Fate | undefined
