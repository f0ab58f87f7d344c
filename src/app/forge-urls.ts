/** From the address that people open in a browser to those of the API and of git. */
export interface ForgeUrls {
  /** Pages and git; no slash at the end. */
  readonly webUrl: string
  readonly apiUrl: string
}

export const GITHUB = 'https://github.com'

/** GitHub's three kinds: github.com, Enterprise Cloud with data residency (`*.ghe.com`), Enterprise Server. */
export function forgeUrls(url: string = GITHUB): ForgeUrls {
  const { protocol, host, pathname } = new URL(url)
  const webUrl = `${protocol}//${host}${pathname}`.replace(/\/+$/, '')
  if (webUrl === GITHUB) return { webUrl, apiUrl: 'https://api.github.com' }
  if (host.endsWith('.ghe.com')) return { webUrl, apiUrl: `${protocol}//api.${host}` }
  return { webUrl, apiUrl: `${webUrl}/api/v3` }
}

/** This machine: a forge for trials. */
export function isLoopback(url: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname)
}

export const isWebAddress = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
