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
  {
    number: 2,
    // Intents from before are not known to be confirmed: each is looked at once more, which costs one read of a comment.
    // Names and ids of tool uses come from the model, so they are escaped as JSON like everything else it said.
    sql: `
      ALTER TABLE ${SCHEMA}.intent
        ADD COLUMN confirmed boolean NOT NULL DEFAULT false,
        ADD COLUMN forgotten boolean NOT NULL DEFAULT false;
      CREATE INDEX intent_unsettled ON ${SCHEMA}.intent (key) WHERE NOT confirmed;

      CREATE TABLE ${SCHEMA}.watermark (
        subject text PRIMARY KEY,
        at text NOT NULL
      );

      CREATE TABLE ${SCHEMA}.journal_call (
        id text PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY,
        run text NOT NULL,
        effect text NOT NULL,
        role text NOT NULL,
        nth integer NOT NULL,
        at integer NOT NULL,
        identity text NOT NULL,
        outcome text NOT NULL,
        reply text NOT NULL,
        spend json NOT NULL,
        continuity json NOT NULL,
        files json,
        saved_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX journal_call_of_run ON ${SCHEMA}.journal_call (run, position);

      CREATE TABLE ${SCHEMA}.journal_result (
        call text NOT NULL REFERENCES ${SCHEMA}.journal_call ON DELETE CASCADE,
        tool_use text NOT NULL,
        answer json NOT NULL,
        PRIMARY KEY (call, tool_use)
      );
    `,
  },
  {
    number: 3,
    sql: `
      CREATE TABLE ${SCHEMA}.run_pack (
        run text PRIMARY KEY,
        tip text NOT NULL,
        objects bytea NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT now()
      );
    `,
  },
]
