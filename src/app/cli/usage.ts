/** `npm run mill`: what it can do, as its help prints it. */
export const USAGE = `npm run mill -- COMMAND

  run OWNER/REPO#12         works on one issue of a real repository, without an App: plan, tests, change,
                            proof, review, draft pull request. Ctrl-C stops the run, and says so on the issue.
  init OWNER/REPO           opens a pull request that adds an issue form and a commented config
  config check [FILE]       checks a config file (.github/millwright.yml here, or OWNER/REPO for the one
                            on the default branch); every mistake with its line and column
  web                       takes GitHub's deliveries in, and stores them; as many of them as wanted
  worker                    does the work; as many of them as wanted. With web, what npm start is in one process
  rebuild                   finds every open run again on GitHub, after the database was lost
  help                      this text

Read from the environment, or from a file .env here:

  GITHUB_TOKEN        for run and init: a person's token; classic with the scope "repo", or fine-grained with
                      "Contents", "Issues", "Pull requests" and "Commit statuses": write
  ANTHROPIC_API_KEY   for run
  GITHUB_URL          an Enterprise address, such as https://github.example.com
  DATABASE_URL        for web, worker and rebuild on several machines: postgres://user:password@host:5432/database;
                      without it, those of one machine share the PostgreSQL under the state folder.
                      These three read what npm start reads: docs/environment.md, docs/running.md
`
