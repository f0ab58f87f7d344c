/** One sentence for each reason why the factory stops: what happened, and what to do about it. */
import type { FailureCode } from '../event.ts'
import type { Reason } from '../state.ts'

const SENTENCE: Record<FailureCode, string> = {
  issue_empty: `I can't tell what is wanted: the issue has no text. Describe the problem and what you expect instead.`,
  issue_changed: `The issue's text was edited after work was asked for, so what I was asked is no longer what it says. What changed is below.`,
  issue_gone: `The issue was closed, or the label taken off it, before I could begin, so I did not.`,
  repository_empty: `This repository has no commits yet, so there is nothing to build on. Push a first commit.`,
  repository_archived: `This repository is archived, so nothing can be changed in it. Unarchive it first.`,
  path_too_long: `This repository holds a path that is too long to be checked out where I run, so I can't work on it. The path is below; shorten it or take it out.`,
  not_permitted: `Only people with write access to this repository may start work, and the person who added the label has none right now.`,
  not_by_config: `The config file \`.github/millwright.yml\` on the default branch does not let me work on this. What it says is below.`,
  config_invalid: `The config file \`.github/millwright.yml\` on the default branch can't be used, and I know no earlier version of it without mistakes. Mend what is listed.`,
  no_test_command: `I found no way to run this repository's tests, and without tests I can't prove a change. Set \`commands.test\` in \`.github/millwright.yml\`.`,
  red_baseline: `The tests already fail on the base branch, so a failing test would prove nothing. Make them pass first.`,
  setup_failed: `Installing the dependencies failed on a clean checkout. The end of the output is below; \`commands.setup\` in \`.github/millwright.yml\` says how it is done.`,
  no_plan: `The architect found no way to plan this, and said why instead of guessing. Answer it in the issue's text.`,
  plan_invalid: `The architect's plan did not hold together, twice. A more specific issue usually helps.`,
  plan_returned_twice: `The plan reviewer sent the plan back twice, so I stopped before any code was written. Its notes are below; answer them in the issue's text.`,
  tests_not_red: `No test could be written that fails on the base branch by its assertion, so I could not show that the problem is there. Either it is fixed already, or the issue needs an example that shows it.`,
  tests_not_locked: `The tester changed files that are not tests, and did so again after being told. Nothing was kept.`,
  tests_edited: `The coder changed the criterion tests, which are locked, and did so again after being told. Nothing was kept.`,
  nothing_changed: `The coder ended without changing anything, which is not a solution.`,
  protected_path: `The change touches files that I may not change (workflows, my own config, instructions for agents). A person has to do that part.`,
  unsupported_file: `The change contains a file that I can't publish: a link out of the tree, a submodule, or one that is too large. Details are below.`,
  criteria_not_green: `The criterion tests could not be made to pass. The last output is below.`,
  regressions: `Every attempt broke a test that passed before. The last output is below.`,
  no_progress: `I was going round in circles: the same diff, the same failing tests or the same finding came back. I stopped rather than spend more.`,
  rounds_spent: `The review rounds that the config allows are used up and something still blocks. What blocks is below.`,
  budget_usd: `The money set aside for this issue is spent. \`budget.per_issue_usd\` in \`.github/millwright.yml\` sets it.`,
  budget_turns: `The model turns set aside for this issue are used up. \`budget.per_issue_turns\` in \`.github/millwright.yml\` sets them.`,
  budget_day: `The money set aside for this repository for a day is spent. \`budget.per_day_usd\` in \`.github/millwright.yml\` sets it; tomorrow there is more.`,
  role_limit: `One role used up its own share of the work, which usually means that the task is too large for one change. \`limits\` in \`.github/millwright.yml\` sets the shares; a smaller issue helps more.`,
  model_no_answer: `The model ended its work without an answer, twice. Nothing of it was kept.`,
  model_bad_answer: `The model's answer did not have the form it must have, and did not after being told what was wrong.`,
  model_refused: `The model declined to work on this. I did not ask again in other words; a person should look.`,
  model_cut_off: `The model's answer was longer than one answer may be, twice. A smaller issue helps.`,
  model_loop: `The model repeated the same step without learning anything new, so I stopped it.`,
  model_unavailable: `The model could not be reached, and I waited long enough.`,
  model_rejected: `The model provider refused the request. Whoever runs me has to look: the reason is below.`,
  recording_left: `The recorded model was asked something its recording has no answer for. The difference is below.`,
  sandbox_unavailable: `There is no working sandbox on the machine I run on, and I never run code without one. Whoever runs me has to look: the reason is below.`,
  sandbox_timeout: `A command ran longer than it may and was killed with everything it had started. \`commands.timeout_minutes\` in \`.github/millwright.yml\` sets the limit.`,
  forge_refused: `GitHub refused a request of mine. The reason is below.`,
  forge_unavailable: `GitHub could not be reached, and I waited long enough.`,
  draft_refused: `GitHub does not allow draft pull requests in this repository (private repositories of free plans have none), and I never open a ready one instead. The branch is there; open the pull request from it, or make drafts possible.`,
  branch_moved: `My branch was changed by somebody else, and I never overwrite other people's commits. Delete the branch, or take it over from here.`,
  text_too_long: `What I have to post is longer than GitHub allows, so I posted nothing rather than a part. A smaller issue helps.`,
  store_unavailable: `My database could not be reached, and I waited long enough. Whoever runs me has to look.`,
  state_tampered: `My state comment was changed by somebody else, so I no longer trust what it says and have stopped.`,
  issue_locked: `The issue's conversation is locked, so nobody could answer me or stop me there. Unlock it first.`,
  not_by_person: `Work starts when a person adds the label to an issue that is there, and this label came another way.`,
  author_not_permitted: `The issue was written by somebody without write access to this repository, and I do not work from such texts yet. An admin can list the login under \`trust.authors\` in \`.github/millwright.yml\`, or somebody with write access can write the issue anew.`,
  waits_for_issues: `This issue is blocked by others that are still open, so I wait for them.`,
  publish_gate: `The change is proved and reviewed. \`gates.publish\` in \`.github/millwright.yml\` says that a person decides before anything is pushed.`,
  patch_too_long: `The patch is longer than one comment may be, and part of a patch would not apply, so I posted none of it. A smaller issue helps, and so does trust level 2, where I push a branch instead.`,
  internal: `Something went wrong inside Millwright; this is our mistake, not yours. Whoever runs me will find it in the log under the run id below.`,
}

/** The sentence for a reason. An unknown code is a mistake of ours and says so. */
export function failureSentence(reason: Reason): string {
  return Object.hasOwn(SENTENCE, reason.code)
    ? SENTENCE[reason.code as FailureCode]
    : `${SENTENCE.internal} (${reason.code.replaceAll(/[^a-z0-9_]/gi, '')})`
}
