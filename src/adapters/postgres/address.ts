/** Where a database is, as `pg` and pg-boss both take it. */
export type Address =
  | { readonly connectionString: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string }

/**
 * With settings for the session besides those that the address itself asks for (`?options=`, which some hosts need to
 * find the database): the driver takes what is in an address instead of what stands beside it.
 */
export function withSettings(address: Address, settings: string): Address & { readonly options?: string } {
  if (!('connectionString' in address)) return { ...address, options: settings }
  const url = new URL(address.connectionString)
  const own = url.searchParams.get('options')
  // Ours come last, and so hold: without them a process that stands still would keep its locks.
  url.searchParams.set('options', own === null ? settings : `${own} ${settings}`)
  return { connectionString: url.href }
}
