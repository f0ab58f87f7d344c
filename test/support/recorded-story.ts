/** The demo's stories as scenarios: the real package, the recorded model, and a coder or reviewer of the test's own. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { amendRecording } from '../../src/adapters/recorded-model/recording.ts'
import type { ContentBlock, Recording } from '../../src/adapters/recorded-model/recording.ts'
import { loadRecording, startReplay } from '../../src/adapters/recorded-model/replay.ts'
import { seedStory } from '../../src/app/demo/seed-story.ts'
import { findStory } from '../../src/app/demo/stories.ts'
import type { Story } from '../../src/app/demo/stories.ts'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import type { Scenario, ScenarioRoom } from './floor.ts'

export function storyNamed(name: string): Story {
  const story = findStory(name)
  if (!story) throw new Error(`no story ${name}`)
  return story
}

export function recordingOf(story: Story): Recording {
  return loadRecording(fileURLToPath(new URL(`../../recordings/${story.recording}`, import.meta.url)))
}

/** One reply of a model that calls these tools. */
export function reply(...calls: readonly { name: string; input: unknown }[]): ContentBlock[] {
  return calls.map((call, index) => ({ type: 'tool_use', id: `toolu_own_${index}`, ...call }))
}

/** The recording with one role's conversations replaced by the given replies, the last of them for ever. */
export function recast(recording: Recording, role: string, replies: readonly ContentBlock[][]): Recording {
  const names = recording.conversations.filter((one) => one.role === role).map((one) => one.conversation)
  // Longer than any conversation may be, so that nobody runs out of lines before the factory loses patience.
  const turns = Array.from({ length: 30 }, (_none, index) => ({
    turn: index + 1,
    heard: [],
    response: { content: replies[Math.min(index, replies.length - 1)] ?? [], stop_reason: 'tool_use' },
  }))
  const tolerant = amendRecording(recording, (turn) => turn, {
    tolerate: recording.conversations.map((one) => one.conversation),
  })
  const conversations = tolerant.conversations.map((one) =>
    names.includes(one.conversation) ? { ...one, turns } : one,
  )
  return { ...tolerant, conversations }
}

/** Plays a story from label to its end on a floor of its own. */
export async function playStory(
  room: ScenarioRoom,
  given: { story: Story; recording: Recording },
  check: (
    scenario: Scenario,
    number: number,
    replay: Awaited<ReturnType<typeof startReplay>>,
  ) => Promise<void>,
): Promise<void> {
  const { story, recording } = given
  const seeds = join(room.root, 'seeds')
  await mkdir(seeds, { recursive: true, mode: 0o711 })
  const folder = await seedStory(story, {
    sandbox: room.kit.sandbox,
    root: seeds,
    owner: room.kit.owner,
    registryHost: 'registry.npmjs.org',
  })
  const replay = await startReplay({ recording })
  const repository = { name: story.repository, labels: [LABEL] }
  const model = { url: replay.url, source: 'recorded' as const, close: () => replay.close() }
  await room.play({ repository, folder, model }, async (scenario) => {
    const number = scenario.begin(story.issue)
    await scenario.ended()
    await check(scenario, number, replay)
  })
}
