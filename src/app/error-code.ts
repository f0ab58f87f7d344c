/** The code that the system puts on an error (`ENOENT`, `EADDRINUSE`): what is told to people instead of a message for us. */
export function errorCode(error: unknown): string | undefined {
  const holder: unknown = error
  if (typeof holder !== 'object' || holder === null || !('code' in holder)) return undefined
  return typeof holder.code === 'string' ? holder.code : undefined
}
