/** The store on PostgreSQL. Every statement may be run twice with the same outcome. */
import { RetryableError } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import { isTerminal } from '../../core/stage.ts'
import { upToDate } from '../../core/state-comment/migrations.ts'
import { SCHEMA_VERSION } from '../../core/state.ts'
import type { RunState } from '../../core/state.ts'
import type { Intent, PastRun, Store } from '../../ports/store.ts'
import type { RunPack } from '../../ports/workspace.ts'
import { forgetOld } from './forget-old.ts'
import { SCHEMA } from './migrations.ts'
import type { Database } from './open-database.ts'

export function createPostgresStore(database: Database): Store {
  return {
    saveIntent: (key, intent) => saveIntent(database, key, intent),
    async intent(key) {
      const rows = await database.query<IntentRow>(`SELECT intent FROM ${SCHEMA}.intent WHERE key = $1`, [
        key,
      ])
      return rows.map(intentOf)[0]
    },
    async openRuns(repo) {
      const rows = await database.query<IntentRow>(
        `SELECT intent FROM ${SCHEMA}.intent WHERE repo = $1 AND open ORDER BY key`,
        [repo],
      )
      return rows.map((row) => intentOf(row).state)
    },
    async allOpenRuns() {
      const rows = await database.query<IntentRow>(
        `SELECT intent FROM ${SCHEMA}.intent WHERE open ORDER BY key`,
      )
      return rows.map((row) => intentOf(row).state)
    },
    async unsettled() {
      const rows = await database.query<IntentRow>(
        `SELECT intent FROM ${SCHEMA}.intent WHERE NOT confirmed ORDER BY key`,
      )
      // Rows from before the column was there say nothing of it.
      return rows.flatMap(({ intent }) => (intent.confirmed ? [] : [intent.state.issue]))
    },
    ...remembered(database),
    ...pastRuns(database),
    ...packs(database),
    forgetOlderThan: (days) => forgetOld(database, days),
  }
}

interface IntentRow {
  readonly intent: Intent
}

/** Runs outlive the program that saved them. Throws RetryableError for one of a newer program, which will go on with it. */
function intentOf({ intent }: IntentRow): Intent {
  const state = upToDate(intent.state) as RunState
  if (Number(state.schema) > SCHEMA_VERSION)
    throw new RetryableError('store_unavailable', `a newer Millwright saved run ${state.run}`)
  return { ...intent, state }
}

function remembered(
  database: Database,
): Pick<Store, 'saveGoodConfig' | 'goodConfig' | 'saveWatermark' | 'watermark'> {
  return {
    async saveGoodConfig(repo, commit) {
      await database.query(
        `INSERT INTO ${SCHEMA}.good_config (repo, commit_id) VALUES ($1, $2)
         ON CONFLICT (repo) DO UPDATE SET commit_id = excluded.commit_id`,
        [repo, commit],
      )
    },
    async goodConfig(repo) {
      const rows = await database.query<{ commit_id: ObjectId }>(
        `SELECT commit_id FROM ${SCHEMA}.good_config WHERE repo = $1`,
        [repo],
      )
      return rows[0]?.commit_id
    },
    async saveWatermark(subject, at) {
      await database.query(
        `INSERT INTO ${SCHEMA}.watermark (subject, at) VALUES ($1, $2)
         ON CONFLICT (subject) DO UPDATE SET at = excluded.at`,
        [subject, at],
      )
    },
    async watermark(subject) {
      const rows = await database.query<{ at: string }>(
        `SELECT at FROM ${SCHEMA}.watermark WHERE subject = $1`,
        [subject],
      )
      return rows[0]?.at
    },
  }
}

function pastRuns(database: Database): Pick<Store, 'saveRun' | 'pastRuns'> {
  return {
    async saveRun(run) {
      // A new position each time: what is saved last is the newest.
      await database.query(
        `INSERT INTO ${SCHEMA}.past_run (run, repo, past_run) VALUES ($1, $2, $3)
         ON CONFLICT (run) DO UPDATE
           SET repo = excluded.repo, past_run = excluded.past_run, position = DEFAULT`,
        [run.run, run.repo, JSON.stringify(run)],
      )
    },
    async pastRuns(repo, limit) {
      const rows = await database.query<{ past_run: PastRun }>(
        `SELECT past_run FROM ${SCHEMA}.past_run WHERE repo = $1 ORDER BY position DESC LIMIT $2`,
        [repo, limit],
      )
      return rows.map(({ past_run }) => past_run)
    },
  }
}

/** As base64 on the way: parameters are text. */
function packs(database: Database): Pick<Store, 'savePack' | 'pack' | 'dropPack'> {
  return {
    async savePack(run, { tip, objects }) {
      await database.query(
        `INSERT INTO ${SCHEMA}.run_pack (run, tip, objects) VALUES ($1, $2, decode($3, 'base64'))
         ON CONFLICT (run) DO UPDATE SET tip = excluded.tip, objects = excluded.objects, saved_at = now()`,
        [run, tip, Buffer.from(objects).toString('base64')],
      )
    },
    async pack(run) {
      const rows = await database.query<RunPack>(
        `SELECT tip, objects FROM ${SCHEMA}.run_pack WHERE run = $1`,
        [run],
      )
      return rows[0]
    },
    async dropPack(run) {
      await database.query(`DELETE FROM ${SCHEMA}.run_pack WHERE run = $1`, [run])
    },
  }
}

/** A rev never goes back within a run: a late writer must not undo what is confirmed, whichever machine it is on. */
async function saveIntent(database: Database, key: string, intent: Intent): Promise<void> {
  const { state } = intent
  const saved = await database.query(
    `INSERT INTO ${SCHEMA}.intent AS known (key, repo, run, rev, open, confirmed, intent)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (key) DO UPDATE
       SET repo = excluded.repo, run = excluded.run, rev = excluded.rev, open = excluded.open,
           confirmed = excluded.confirmed, intent = excluded.intent, forgotten = false, saved_at = now()
       WHERE known.run <> excluded.run OR known.rev <= excluded.rev
     RETURNING 1`,
    [
      key,
      state.issue.repo.id,
      state.run,
      state.rev,
      !isTerminal(state.at.stage),
      intent.confirmed,
      JSON.stringify(intent),
    ],
  )
  if (saved.length > 0) return
  throw new Error(`intent ${state.rev} of ${key} is older than the one that is known`)
}
