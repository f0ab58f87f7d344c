/** One sentence for each reason why the factory stops: what happened, and what to do about it. */
import type { FailureCode } from '../event.ts'
import type { Reason } from '../state.ts'

const AGAIN = 'Then remove the label and add it again.'

const SENTENCE: Record<FailureCode, string> = {
  issue_empty: `I can't tell what is wanted: the issue has no text. Describe the problem and what you expect instead. ${AGAIN}`,
  issue_changed: `The issue's text changed after it was labelled, so what I was asked is no longer what it says. If the new text is right, remove the label and add it again.`,
  issue_gone: `The issue was closed, or the label taken off it, before I could begin, so I did not.`,
  repository_empty: `This repository has no commits yet, so there is nothing to build on. Push a first commit. ${AGAIN}`,
  repository_archived: `This repository is archived, so nothing can be changed in it. Unarchive it first. ${AGAIN}`,
  not_permitted: `Only people with write access to this repository may start work, and the person who added the label has none right now.`,
  not_by_config: `The config file \`.github/millwright.yml\` on the default branch does not let me work on this. What it says is below.`,
  config_invalid: `The config file \`.github/millwright.yml\` on the default branch can't be used. Mend what is listed. ${AGAIN}`,
  no_test_command: `I found no way to run this repository's tests, and without tests I can't prove a change. Set \`commands.test\` in \`.github/millwright.yml\`. ${AGAIN}`,
  red_baseline: `The tests already fail on the base branch, so a failing test would prove nothing. Make them pass first. ${AGAIN}`,
  setup_failed: `Installing the dependencies failed on a clean checkout. The end of the output is below; \`commands.setup\` in \`.github/millwright.yml\` says how it is done. ${AGAIN}`,
  no_plan: `The architect found no way to plan this, and said why instead of guessing. Answer it in the issue's text. ${AGAIN}`,
  plan_invalid: `The architect's plan did not hold together, twice. A more specific issue usually helps. ${AGAIN}`,
  plan_returned_twice: `The plan reviewer sent the plan back twice, so I stopped before any code was written. Its notes are below; answer them in the issue's text. ${AGAIN}`,
  tests_not_red: `No test could be written that fails on the base branch by its assertion, so I could not show that the problem is there. Either it is fixed already, or the issue needs an example that shows it. ${AGAIN}`,
  tests_not_locked: `The tester changed files that are not tests, and did so again after being told. Nothing was kept. ${AGAIN}`,
  tests_edited: `The coder changed the criterion tests, which are locked, and did so again after being told. Nothing was kept. ${AGAIN}`,
  nothing_changed: `The coder ended without changing anything, which is not a solution. ${AGAIN}`,
  protected_path: `The change touches files that I may not change (workflows, my own config, instructions for agents). A person has to do that part.`,
  unsupported_file: `The change contains a file that I can't publish: a link out of the tree, a submodule, or one that is too large. Details are below.`,
  criteria_not_green: `The criterion tests could not be made to pass. The last output is below. ${AGAIN}`,
  regressions: `Every attempt broke a test that passed before. The last output is below. ${AGAIN}`,
  no_progress: `I was going round in circles: the same diff, the same failing tests or the same finding came back. I stopped rather than spend more.`,
  rounds_spent: `The review rounds that the config allows are used up and something still blocks. What blocks is below.`,
  budget_usd: `The money set aside for this issue is spent. \`budget.per_issue_usd\` in \`.github/millwright.yml\` sets it. ${AGAIN}`,
  budget_turns: `The model turns set aside for this issue are used up. \`budget.per_issue_turns\` in \`.github/millwright.yml\` sets them. ${AGAIN}`,
  budget_day: `The money set aside for this repository for a day is spent. \`budget.per_day_usd\` in \`.github/millwright.yml\` sets it; tomorrow there is more. ${AGAIN}`,
  role_limit: `One role used up its own share of the work, which usually means that the task is too large for one change. \`limits\` in \`.github/millwright.yml\` sets the shares; a smaller issue helps more. ${AGAIN}`,
  model_no_answer: `The model ended its work without an answer, twice. Nothing of it was kept. ${AGAIN}`,
  model_bad_answer: `The model's answer did not have the form it must have, and did not after being told what was wrong. ${AGAIN}`,
  model_refused: `The model declined to work on this. I did not ask again in other words; a person should look.`,
  model_cut_off: `The model's answer was longer than one answer may be, twice. A smaller issue helps. ${AGAIN}`,
  model_loop: `The model repeated the same step without learning anything new, so I stopped it. ${AGAIN}`,
  model_unavailable: `The model could not be reached, and I waited long enough. When it is back: remove the label and add it again.`,
  model_rejected: `The model provider refused the request. Whoever runs me has to look: the reason is below.`,
  recording_left: `The recorded model was asked something its recording has no answer for. The difference is below.`,
  sandbox_unavailable: `There is no working sandbox on the machine I run on, and I never run code without one. Whoever runs me has to look: the reason is below.`,
  sandbox_timeout: `A command ran longer than it may and was killed with everything it had started. \`commands.timeout_minutes\` in \`.github/millwright.yml\` sets the limit. ${AGAIN}`,
  forge_refused: `GitHub refused a request of mine. The reason is below. ${AGAIN}`,
  forge_unavailable: `GitHub could not be reached, and I waited long enough. When it is back: remove the label and add it again.`,
  draft_refused: `GitHub does not allow draft pull requests in this repository (private repositories of free plans have none), and I never open a ready one instead. The branch is there; open the pull request from it, or make drafts possible.`,
  branch_moved: `My branch was changed by somebody else, and I never overwrite other people's commits. Delete the branch, or take it over from here. ${AGAIN}`,
  text_too_long: `What I have to post is longer than GitHub allows, so I posted nothing rather than a part. A smaller issue helps. ${AGAIN}`,
  state_tampered: `My state comment was changed by somebody else, so I no longer trust it and have stopped. To start over, remove the label and add it again.`,
  internal: `Something went wrong inside Millwright; this is our mistake, not yours. Whoever runs me will find it in the log under the run id below.`,
}

/** The sentence for a reason. An unknown code is a mistake of ours and says so. */
export function failureSentence(reason: Reason): string {
  return Object.hasOwn(SENTENCE, reason.code)
    ? SENTENCE[reason.code as FailureCode]
    : `${SENTENCE.internal} (${reason.code})`
}
