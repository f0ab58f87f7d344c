/** Questions to the database of what is measured, from outside of it. */
import pg from 'pg'

export async function query<Row>(url: string, text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}

/** The process that all others of the server come from. */
export async function serverPid(url: string): Promise<number> {
  const [row] = await query<{ pid: number }>(
    url,
    `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`,
  )
  return row?.pid ?? 0
}
