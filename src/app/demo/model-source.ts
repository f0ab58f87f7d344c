/** Where the demo's answers come from: the live model, one answered by hand, or a recording. */
import { existsSync } from 'node:fs'
import { startRecorder } from '../../adapters/recorded-model/recorder.ts'
import { startReplay } from '../../adapters/recorded-model/replay.ts'
import type { Drift } from '../../adapters/recorded-model/replay.ts'
import { ANTHROPIC_API } from '../../adapters/anthropic/client.ts'
import { UserError } from '../../core/errors.ts'
import type { MillOptions } from '../mill.ts'

/** An endpoint of one's own may be a person: an hour of patience. */
const BY_HAND_MS = 3_600_000

export interface ModelSource {
  readonly model: MillOptions['model']
  /** The first line that people read. */
  readonly line: string
  /** Prompts that changed since the recording was made; none for a live model. */
  drift(): readonly Drift[]
  close(): Promise<void>
}

export interface SourceOptions {
  readonly name: string
  readonly apiKey: string | undefined
  readonly baseUrl: string | undefined
  /** The story's recording: read when there is no key, written with `record`. */
  readonly file: string
  readonly record: boolean
}

export async function openModelSource(options: SourceOptions): Promise<ModelSource> {
  const { apiKey, baseUrl, name } = options
  if (apiKey === undefined) return replaySource(options)
  const where = baseUrl ? `the model at ${baseUrl}` : `the live model ${name}`
  if (!options.record) {
    const model = { name, apiKey, baseUrl, source: 'live' as const, ...patience(baseUrl) }
    return {
      model,
      line: `Model: ${where} does the work, and is paid for.`,
      drift: () => [],
      close: async () => {},
    }
  }
  const recorder = await startRecorder({
    upstream: baseUrl ?? ANTHROPIC_API,
    apiKey,
    file: options.file,
    tellCaller: baseUrl !== undefined,
    source: baseUrl
      ? 'by hand: every answer was written by a mind that saw only the requests'
      : `live: ${name}`,
  })
  return {
    model: { name, apiKey: 'recorder', baseUrl: recorder.url, source: 'live', ...patience(baseUrl) },
    line: `Model: ${where} does the work; its answers are recorded in ${options.file}.`,
    drift: () => [],
    close: () => recorder.close(),
  }
}

function patience(baseUrl: string | undefined): { stallMs?: number } {
  return baseUrl ? { stallMs: BY_HAND_MS } : {}
}

async function replaySource({ file, name }: SourceOptions): Promise<ModelSource> {
  if (!existsSync(file)) {
    throw new UserError(
      'recording_left',
      `There is no recording ${file}. Set ANTHROPIC_API_KEY to use a live model.`,
    )
  }
  const replay = await startReplay({ recording: file })
  return {
    model: { name, apiKey: 'recorded', baseUrl: replay.url, source: 'recorded' },
    line: 'Model: RECORDED. No live model is asked and nothing is charged; set ANTHROPIC_API_KEY to use one. All else is real.',
    drift: () => replay.drift(),
    close: () => replay.close(),
  }
}
