/** Lists that come in pages, up to a bound. */

/** GitHub's largest page. */
export const PAGE = 100

/** A thousand reviews or checks: nobody reads them, and whoever makes them must not make us read for ever. */
const MOST_PAGES = 10

/** Not by the Link header: an unchanged full page keeps the ETag under which it was the last one. */
export async function allPages<T>(
  read: (page: number) => Promise<readonly T[]>,
  most = MOST_PAGES,
): Promise<readonly T[]> {
  const all: T[] = []
  for (let page = 1; page <= most; page++) {
    const found = await read(page)
    all.push(...found)
    if (found.length < PAGE) break
  }
  return all
}
