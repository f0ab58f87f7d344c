/** The journal on PostgreSQL. Every statement may be run twice with the same outcome. */
import { randomUUID } from 'node:crypto'
import type { Role } from '../../ports/agents.ts'
import type { ConversationPlace, Journal, ModelCall, StoredCall } from '../../ports/journal.ts'
import type { KeptFiles, ToolAnswer } from '../../ports/tools.ts'
import { SCHEMA } from './migrations.ts'
import type { Database } from './open-database.ts'

const CALLS = `${SCHEMA}.journal_call`
const RESULTS = `${SCHEMA}.journal_result`

interface CallRow {
  readonly id: string
  readonly role: Role
  readonly nth: number
  readonly at: number
  readonly identity: string
  readonly outcome: ModelCall['outcome']
  readonly reply: string
  readonly spend: ModelCall['spend']
  readonly continuity: ModelCall['continuity']
  readonly files: KeptFiles | null
  readonly results: readonly { readonly tool_use: string; readonly answer: ToolAnswer }[] | null
}

export function createPostgresJournal(database: Database): Journal {
  return {
    async read(run, effect) {
      const [calls, before] = await Promise.all([
        readCalls(database, run, effect),
        countBefore(database, run, effect),
      ])
      return { calls, before }
    },
    async addCall(place, call) {
      // Made here: a statement whose answer was lost runs again, and must not store the call a second time.
      const id = randomUUID()
      await addCall(database, id, { ...place, ...call })
      return id
    },
    async addResult(call, toolUse, answer) {
      // The lock on the call: an attempt that makes it lost must not do so between the look and the insert.
      await database.query(
        `INSERT INTO ${RESULTS} (call, tool_use, answer)
         SELECT id, $2, $3 FROM ${CALLS} WHERE id = $1 AND outcome = 'received' FOR SHARE
         ON CONFLICT (call, tool_use) DO UPDATE SET answer = excluded.answer`,
        [call, escaped(toolUse), JSON.stringify(answer)],
      )
    },
    async keepFiles(call, files) {
      await database.query(`UPDATE ${CALLS} SET files = $2 WHERE id = $1 AND outcome = 'received'`, [
        call,
        JSON.stringify(files),
      ])
    },
    async forget(run) {
      await database.query(`DELETE FROM ${CALLS} WHERE run = $1`, [run])
    },
  }
}

/** Text columns refuse NUL and half of a surrogate pair; escaped as JSON, both come back as they were. */
function escaped(text: string): string {
  return JSON.stringify(text)
}

function unescaped(stored: string): string {
  return JSON.parse(stored) as string
}

async function readCalls(database: Database, run: string, effect: string): Promise<readonly StoredCall[]> {
  // A result that came in the very moment in which its call was lost is left out.
  const rows = await database.query<CallRow>(
    `SELECT id, role, nth, at, identity, outcome, reply, spend, continuity, files,
            (SELECT json_agg(json_build_object('tool_use', tool_use, 'answer', answer))
               FROM ${RESULTS} WHERE call = id AND outcome = 'received') AS results
       FROM ${CALLS} WHERE run = $1 AND effect = $2 ORDER BY position`,
    [run, effect],
  )
  return rows.map(({ reply, files, results, ...row }) => ({
    ...row,
    reply: unescaped(reply),
    files: files ?? undefined,
    results: new Map((results ?? []).map(({ tool_use, answer }) => [unescaped(tool_use), answer])),
  }))
}

async function countBefore(
  database: Database,
  run: string,
  effect: string,
): Promise<ReadonlyMap<Role, number>> {
  const rows = await database.query<{ role: Role; count: number }>(
    `SELECT role, count(DISTINCT (effect, nth))::int AS count FROM ${CALLS}
      WHERE run = $1 AND NOT EXISTS (
        SELECT 1 FROM ${CALLS} AS own
         WHERE own.run = $1 AND own.effect = $2 AND own.position <= journal_call.position)
      GROUP BY role`,
    [run, effect],
  )
  return new Map(rows.map(({ role, count }) => [role, count]))
}

async function addCall(database: Database, id: string, call: ConversationPlace & ModelCall): Promise<void> {
  await database.query(
    `WITH gone AS (
       UPDATE ${CALLS} SET outcome = 'lost', reply = $11, files = NULL
        WHERE run = $2 AND effect = $3 AND role = $4 AND nth = $5 AND at >= $6 AND id <> $1
        RETURNING id
     ), cleared AS (
       DELETE FROM ${RESULTS} WHERE call IN (SELECT id FROM gone)
     )
     INSERT INTO ${CALLS} (id, run, effect, role, nth, at, identity, outcome, reply, spend, continuity)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12)
     ON CONFLICT (id) DO NOTHING`,
    [
      id,
      call.run,
      call.effect,
      call.role,
      call.nth,
      call.at,
      call.identity,
      call.outcome,
      escaped(call.reply),
      JSON.stringify(call.spend),
      escaped(''),
      JSON.stringify(call.continuity),
    ],
  )
}
