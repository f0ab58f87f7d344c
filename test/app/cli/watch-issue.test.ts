import { describe, expect, it } from '@jest/globals'
import { watchIssue } from '../../../src/app/cli/watch-issue.ts'
import { RetryableError } from '../../../src/core/errors.ts'
import type { Comment, Issue } from '../../../src/ports/forge.ts'
import type { Incoming } from '../../../src/ports/incoming.ts'
import { ALICE, ISSUE, later } from '../../support/states.ts'

const SEEN: Issue = {
  ref: ISSUE,
  title: 'Short option',
  body: 'It loses text.',
  state: 'open',
  locked: false,
  author: ALICE,
  labels: ['millwright'],
  url: 'https://github.com/acme/tool/issues/12',
}

function said(id: number, body: string): Comment {
  const at = later(id)
  return { id, body, author: ALICE, viaApp: false, ours: false, createdAt: at, updatedAt: at, url: `#${id}` }
}

/** Each list is what one reading of the comments gives; an error is what it throws. Watching ends with the last. */
async function watched(
  readings: readonly (readonly Comment[] | Error)[],
): Promise<{ told: Incoming[]; troubles: unknown[] }> {
  const told: Incoming[] = []
  const troubles: unknown[] = []
  const end = new AbortController()
  const left = [...readings]
  await watchIssue(
    {
      issues: {
        issue: async () => SEEN,
        comments: async () => {
          const next = left.shift() ?? []
          if (left.length === 0) end.abort()
          if (next instanceof Error) throw next
          return [...next]
        },
      },
      issue: ISSUE,
      seen: SEEN,
      label: 'millwright',
      isOurs: () => false,
      clock: { now: () => later(500), sleep: async () => undefined },
      everyMs: 5,
      add: async ({ payload }) => void told.push(payload),
      onTrouble: (error) => void troubles.push(error),
    },
    end.signal,
  )
  return { told, troubles }
}

describe('an issue that is watched', () => {
  it.each(['/mill stop', '/MILL Stop', '\n/mill stop'])(
    'has commands as webhooks hear them: %j',
    async (body) => {
      const { told } = await watched([[], [said(1, body)]])
      expect(told).toMatchObject([{ kind: 'command_given', comment: 1, body, writtenAt: later(1) }])
    },
  )

  it.each(['/millstones are round', '    /mill stop', 'It loses all of it'])(
    'takes what is no command for an answer: %j',
    async (body) => {
      const { told } = await watched([[], [said(1, body)]])
      expect(told).toMatchObject([{ kind: 'run_event', event: { kind: 'facts_given', by: ALICE } }])
    },
  )

  it("is watched on when the first reading fails, and what stood there before is still nobody's answer", async () => {
    const away = new RetryableError('forge_unavailable', '502')
    const { told, troubles } = await watched([away, [said(1, '/mill stop')], [said(1, '/mill stop')]])
    expect([told, troubles]).toEqual([[], [away]])
  })
})
