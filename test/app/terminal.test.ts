import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createDemoTerminal, movedLine } from '../../src/app/demo/terminal.ts'
import { intakeState, later, mustReduce, result, stateAt } from '../support/states.ts'

function screen(live: boolean) {
  let text = ''
  const terminal = createDemoTerminal({ write: (more) => void (text += more), live, now: () => Date.now() })
  return { terminal, shown: () => text }
}

describe('the demo on a terminal', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('shows a live line for what takes longer than two seconds, and wipes it when something is said', () => {
    const { terminal, shown } = screen(true)
    terminal.doing('installing dependencies')
    jest.advanceTimersByTime(1_900)
    expect(shown()).toBe('')
    jest.advanceTimersByTime(1_500)
    expect(shown()).toContain('installing dependencies (3 s)')
    terminal.say('done')
    expect(shown().endsWith('\r\u001b[2Kdone\n')).toBe(true)
    terminal.close()
  })

  it('writes a line every ten seconds where lines cannot be rewritten', () => {
    const { terminal, shown } = screen(false)
    terminal.doing('installing dependencies')
    jest.advanceTimersByTime(25_000)
    expect(shown().split('\n').filter(Boolean)).toEqual([
      '    installing dependencies (2 s)',
      '    installing dependencies (12 s)',
      '    installing dependencies (22 s)',
    ])
    terminal.close()
  })

  it('is quiet when the factory waits for a person', () => {
    const { terminal, shown } = screen(false)
    terminal.moved(stateAt('integrating'))
    const before = shown()
    jest.advanceTimersByTime(60_000)
    expect(shown()).toBe(before)
    terminal.close()
  })
})

describe('a line for each move', () => {
  it('says what the stage took and where the run is now', () => {
    expect(movedLine(intakeState())).toBe('  ● run abcde12345 begins')
    expect(movedLine(stateAt('specifying'))).toBe('  ✓ planning (10 s, $0.10) → specifying')
  })

  it('says why it went no further', () => {
    const failed = result(stateAt('coding'), {
      kind: 'stage_failed',
      code: 'model_refused',
      detail: '',
      resumable: true,
    })
    expect(movedLine(mustReduce(stateAt('coding'), { ...failed, at: later(70) }))).toMatch(
      /^ {2}✗ coding \(.*\) → blocked: The model declined to work on this\./,
    )
  })
})
