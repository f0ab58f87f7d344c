/** What the manifest flow's code is exchanged for: the only time that anybody sees an App's secrets. */
export interface Conversion {
  readonly slug: string
  readonly privateKey: string
  readonly clientSecret: string
  readonly webhookSecret: string | null
  readonly expiresAt: string
}
