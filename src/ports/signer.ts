/** Keys stay behind this port; core only sees text in and text out. */
export interface Signer {
  /** HMAC-SHA256 of `text` under the key derived from the current secret for `purpose`, base64url without padding. */
  sign(purpose: string, text: string): string
  /**
   * Which secret a signature was made with; undefined where it is none of ours. Compared in constant time, as text:
   * base64url has several spellings of the same bytes, and only the one that `sign` writes counts.
   */
  keyOf(purpose: string, text: string, signature: string): 'current' | 'previous' | undefined
  /** SHA-256 of `text` as UTF-8, lower-case hex. */
  hash(text: string): string
  /** Raw DEFLATE then base64url, and back. `inflate` refuses (undefined) bad input and more than `limit` bytes out. */
  deflate(text: string): string
  inflate(packed: string, limit: number): string | undefined
}
