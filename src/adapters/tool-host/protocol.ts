/** What the app and the tool host inside say to each other: one JSON object per line, one request at a time. */
import { z } from 'zod'
import { TOOL_NAMES } from '../../ports/tools.ts'

/** How the host is told its part, as its only argument of ours. */
export const hostConfig = z.strictObject({
  workdir: z.string(),
  allowed: z.array(z.enum(TOOL_NAMES)),
  /** Longest time for one bash command, and the time when none is asked for. */
  bashSeconds: z.number().positive(),
  /** Bytes of one answer, about. */
  answerBytes: z.int().positive(),
})
export type HostConfig = z.infer<typeof hostConfig>

export const request = z.strictObject({ id: z.string(), tool: z.string(), input: z.unknown() })
export type Request = z.infer<typeof request>

export const answer = z.strictObject({ id: z.string(), content: z.string(), isError: z.boolean() })

/** First line of a host that is up. */
export const READY = '{"ready":true}'
