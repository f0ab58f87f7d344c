/** The format of a recording: what a model was asked and what it answered, by conversation and turn. */

export const RECORDING_FORMAT = 1

/** A content block of the Messages API, as it came. */
export interface ContentBlock {
  readonly type: string
  readonly [key: string]: unknown
}

/** What the factory said since the model's last reply. Results are normalised, see normalise.ts. */
export type Heard =
  | { readonly kind: 'tool_result'; readonly tool: string; readonly error: boolean; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }

export interface RecordedTurn {
  /** From 1, across everything that was asked of the conversation. */
  readonly turn: number
  readonly heard: readonly Heard[]
  readonly response: { readonly content: readonly ContentBlock[]; readonly stop_reason: string }
}

/** Texts are named by their SHA-256, so that a dossier that ten conversations share stands in the file once. */
export interface RecordedConversation {
  readonly conversation: string
  readonly role: string
  readonly model: string
  readonly tools: string
  readonly system: string
  readonly dossier: readonly string[]
  readonly prompt: string
  /** Serve it whatever the tools answer: for recordings that a test has amended, never for real ones. */
  readonly tolerate?: boolean
  readonly turns: readonly RecordedTurn[]
}

export interface Recording {
  readonly format: typeof RECORDING_FORMAT
  /** Who answered: "live, claude-opus-5-5", or "by hand, by a mind that saw only the requests". */
  readonly source: string
  readonly texts: Readonly<Record<string, string>>
  readonly conversations: readonly RecordedConversation[]
}

/** The file's bytes: keys in a fixed order, texts by name, so that a new recording shows as a small diff. */
export function serialiseRecording(recording: Recording): string {
  const texts = Object.fromEntries(Object.entries(recording.texts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const { format, source, conversations } = recording
  return `${JSON.stringify({ format, source, conversations, texts }, null, 2)}\n`
}

/**
 * A copy with turns changed, for negative controls: what would the factory do if the model had answered this instead?
 * `tolerate` names the conversations whose tools will answer differently because of it.
 */
export function amendRecording(
  recording: Recording,
  change: (turn: RecordedTurn, conversation: RecordedConversation) => RecordedTurn,
  { tolerate = [] }: { tolerate?: readonly string[] } = {},
): Recording {
  const conversations = recording.conversations.map((conversation) => ({
    ...conversation,
    ...(tolerate.includes(conversation.conversation) ? { tolerate: true } : {}),
    turns: conversation.turns.map((turn) => change(turn, conversation)),
  }))
  return { ...recording, conversations }
}
