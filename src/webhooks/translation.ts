/** What a webhook file makes of a delivery: our events for the queue, or nothing, and why. Webhooks never act. */
import type { z } from 'zod'
import type { Incoming } from '../ports/incoming.ts'

export type Translation =
  | { readonly kind: 'incoming'; readonly incoming: readonly Incoming[] }
  /** `why` is a sentence of ours without outside text: the log and the forge's list of deliveries show it. */
  | { readonly kind: 'nothing'; readonly why: string }
  /** Not the shape that this event has. Never an error: whoever sends it again sends the same. */
  | { readonly kind: 'unreadable'; readonly problem: string }

/** `action` is empty for events that have none. */
export type Translate = (payload: unknown, action: string, at: string) => Translation

/** What one action of an event means: read so, or nothing, for this reason. */
type Meaning = ((payload: unknown, at: string) => Translation) | string

export function incoming(...all: readonly Incoming[]): Translation {
  return { kind: 'incoming', incoming: all }
}

export function nothing(why: string): Translation {
  return { kind: 'nothing', why }
}

/** The schema names just what is read; whatever else a payload holds, and however deep, is not looked at. */
export function reads<T>(
  schema: z.ZodType<T>,
  translate: (payload: T, at: string) => Translation,
): (payload: unknown, at: string) => Translation {
  return (payload, at) => {
    const read = schema.safeParse(payload)
    if (read.success) return translate(read.data, at)
    const [issue] = read.error.issues
    return { kind: 'unreadable', problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` }
  }
}

/** An event as its actions. GitHub adds actions to events; those that are not listed mean nothing here. */
export function byAction(meanings: Readonly<Record<string, Meaning>>): Translate {
  const known = new Map(Object.entries(meanings))
  return (payload, action, at) => {
    const meaning = known.get(action) ?? 'this action changes nothing for a run'
    return typeof meaning === 'string' ? nothing(meaning) : meaning(payload, at)
  }
}
