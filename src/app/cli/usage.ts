/** `npm run mill`: what it can do, as its help prints it. */
export const USAGE = `npm run mill -- COMMAND

  run OWNER/REPO#12         works on one issue of a real repository, without an App: plan, tests, change,
                            proof, review, draft pull request. Ctrl-C stops the run, and says so on the issue.
  init OWNER/REPO           opens a pull request that adds an issue form and a commented config
  config check [FILE]       checks a config file (.github/millwright.yml here, or OWNER/REPO for the one
                            on the default branch); every mistake with its line and column
  help                      this text

Read from the environment, or from a file .env here:

  GITHUB_TOKEN        for run and init: a person's token; classic with the scope "repo", or fine-grained with
                      "Contents", "Issues", "Pull requests" and "Commit statuses": write
  ANTHROPIC_API_KEY   for run
  GITHUB_URL          an Enterprise address, such as https://github.example.com
`
