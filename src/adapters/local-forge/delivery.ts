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
  /** 0 until answered, and when nobody answered. */
  status: number
  responseBody: string
  /** Seconds, as GitHub reports it. */
  duration: number
}
