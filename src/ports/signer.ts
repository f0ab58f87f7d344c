/** Keys stay behind this port; core only sees text in and text out. */
export interface Signer {
  /** HMAC-SHA256 of `text` under the key derived for `purpose`, base64url without padding. */
  sign(purpose: string, text: string): string
  /** Constant-time comparison; false for anything malformed. */
  verify(purpose: string, text: string, signature: string): boolean
  /** SHA-256 of `text` as UTF-8, lower-case hex. */
  hash(text: string): string
  /** Raw DEFLATE then base64url, and back. `inflate` refuses (undefined) bad input and more than `limit` bytes out. */
  deflate(text: string): string
  inflate(packed: string, limit: number): string | undefined
}
