import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { renderPullRequest } from '../../../src/core/say/pull-request.ts'
import { renderCheck } from '../../../src/core/say/review.ts'
import { renderStatus } from '../../../src/core/say/status.ts'
import { issueOfPull } from '../../../src/core/pull-marker.ts'
import { ANY_MARKER } from '../../../src/core/state-comment/format.ts'
import { arbitraryState } from '../arbitrary-state.ts'

const PLACE = { repoUrl: 'https://github.com/acme/tool' }
const NOW = '2026-11-21T00:00:02.000Z'

/** What is left of a text without its code, where nothing is live; a dot stands where code kept two words apart. */
function live(text: string): string {
  return text.replaceAll(/(`{3,})[\s\S]*?\n\1/g, '·').replaceAll(/(`+)[^\n]*?[^`]\1(?!`)/g, '·')
}

describe('whatever a run holds', () => {
  it('its comment can be written, holds no marker that is not ours, and calls nobody', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        const text = renderStatus(state, PLACE)
        expect(text.match(ANY_MARKER)).toBeNull()
        expect(live(text)).not.toMatch(/(?:^|[\s(])@\w/)
        expect(text).toMatch(/^### \S/)
        // A text of the state may hold such a word itself.
        const slips = (told: string): number => told.match(/undefined|\[object|NaN/g)?.length ?? 0
        expect(slips(text)).toBeLessThanOrEqual(slips(JSON.stringify(state)))
      }),
      { numRuns: 500 },
    )
  })

  it('its pull request names its own issue, and no other', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        const text = renderPullRequest(state, PLACE, NOW)
        if (text) expect(issueOfPull(text.body)).toBe(state.issue.number)
        expect(renderCheck(state)?.summary.match(ANY_MARKER) ?? null).toBeNull()
      }),
      { numRuns: 500 },
    )
  })
})
