/** Every change that was ever made to our tables, in order. What is written here stays: databases out there ran it. */
export interface Migration {
  readonly number: number
  readonly sql: string
}

export const SCHEMA = 'millwright'

/**
 * `json`, not `jsonb`: issue texts may hold characters (NUL, half of a surrogate pair) that jsonb refuses, and nothing
 * is ever searched inside.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    sql: `
      CREATE TABLE ${SCHEMA}.intent (
        key text PRIMARY KEY,
        repo bigint NOT NULL,
        run text NOT NULL,
        rev integer NOT NULL,
        open boolean NOT NULL,
        intent json NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX intent_open_runs ON ${SCHEMA}.intent (repo) WHERE open;

      CREATE TABLE ${SCHEMA}.past_run (
        run text PRIMARY KEY,
        repo bigint NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        past_run json NOT NULL
      );
      CREATE INDEX past_run_newest ON ${SCHEMA}.past_run (repo, position DESC);

      CREATE TABLE ${SCHEMA}.good_config (
        repo bigint PRIMARY KEY,
        commit_id text NOT NULL
      );
    `,
  },
]
