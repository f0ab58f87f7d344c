/** Whether the model API takes our key and knows our model, asked for free before any work is. */
import { askModel } from '../../adapters/anthropic/ask-model.ts'
import { ANTHROPIC_API, createAnthropicClient } from '../../adapters/anthropic/client.ts'
import type { Problem } from './problem.ts'
import type { Settings } from './settings.ts'

/** An API that is overloaded or away keeps nobody from starting; that is said. */
export async function modelProblems(
  model: Settings['model'] | undefined,
  say: (text: string) => void,
): Promise<readonly Problem[]> {
  if (!model) return []
  const { name, apiKey, baseUrl } = model
  const answer = await askModel(createAnthropicClient({ apiKey, ...(baseUrl ? { baseUrl } : {}) }), name)
  if (answer.kind === 'usable') return []
  if (answer.kind === 'unsure') {
    say(
      `The model API at ${baseUrl ?? ANTHROPIC_API} could not be asked beforehand (${answer.reason}); the first run will show whether key and model are right.`,
    )
    return []
  }
  const words = answer.said === '' ? '' : ` It says: "${answer.said}"`
  const [what, fix] = {
    unknown_key: ['The model API does not know the key.', 'Set ANTHROPIC_API_KEY to a valid one.'],
    unknown_model: [
      `The model API does not know the model "${name}", or this key may not use it.`,
      'Correct MILLWRIGHT_MODEL, or remove it.',
    ],
    no_right: [
      'The key may not use the model API.',
      "Check the key's workspace and its rights in the console.",
    ],
    limit: [
      'The model API accepts no requests from this account: credits are used up or a spend limit is reached.',
      'Add credits or raise the limit in the console.',
    ],
  }[answer.kind] as [string, string]
  return [{ what: `${what} (${answer.status})${words}`, fix }]
}
