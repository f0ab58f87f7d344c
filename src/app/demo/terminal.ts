/** The demo's screen: one line per stage that stays, and a live line for whatever takes longer than two seconds. */
import type { IssueRef } from '../../core/ids.ts'
import { between, duration, money } from '../../core/say/figures.ts'
import { failureSentence } from '../../core/say/failure.ts'
import type { RunState } from '../../core/state.ts'
import type { Observer } from '../../engine/deps.ts'
import type { Progress } from '../../ports/progress.ts'

export interface Screen {
  readonly write: (text: string) => void
  /** A terminal that can rewrite its last line; a log file cannot, and gets a line every ten seconds instead. */
  readonly live: boolean
  readonly now: () => number
}

export interface DemoTerminal extends Observer {
  /** A line that stays. */
  say(text: string): void
  /** Something that is being done now; shown live. */
  doing(text: string): void
  close(): void
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
/** A step is shown once it lasts this long: shorter ones would only flicker. */
const PATIENCE_MS = 2_000
const LOG_EVERY_MS = 10_000

export function createDemoTerminal(screen: Screen): DemoTerminal {
  let step: { text: string; since: number } | undefined
  let shown = false
  let frame = 0
  let logged = 0

  function clear(): void {
    if (shown && screen.live) screen.write('\r\u001b[2K')
    shown = false
  }
  function tick(): void {
    if (!step) return
    const ms = screen.now() - step.since
    if (ms < PATIENCE_MS) return
    if (screen.live) {
      frame = (frame + 1) % SPINNER.length
      screen.write(`\r\u001b[2K  ${SPINNER[frame]} ${step.text} (${duration(ms)})`)
      shown = true
    } else if (screen.now() - logged >= LOG_EVERY_MS) {
      logged = screen.now()
      screen.write(`    ${step.text} (${duration(ms)})\n`)
    }
  }
  const timer = setInterval(tick, screen.live ? 120 : 1_000)
  timer.unref()

  function say(text: string): void {
    clear()
    screen.write(`${text}\n`)
  }
  function doing(text: string): void {
    clear()
    step = { text, since: screen.now() }
  }
  const progress: Progress = { step: doing, note: (text) => say(`    ${text}`) }
  return {
    say,
    doing,
    progress: (_issue: IssueRef) => progress,
    moved(state) {
      step = undefined
      say(movedLine(state))
      if (state.pending.length > 0) doing(state.at.stage)
    },
    close() {
      clearInterval(timer)
      clear()
    },
  }
}

/** `✓ planning (12 s, $0.04) → specifying`. */
export function movedLine(state: RunState): string {
  const last = state.visits.at(-1)
  if (!last) return `  ● run ${state.run} begins`
  const ms = between(last.started_at, last.ended_at)
  const cost = last.usd > 0 ? `, ${money(last.usd)}` : ''
  const reason =
    state.at.stage === 'failed' || state.at.stage === 'blocked' ? `: ${failureSentence(state.at.reason)}` : ''
  const mark = reason === '' ? '✓' : '✗'
  return `  ${mark} ${last.stage} (${duration(ms)}${cost}) → ${state.at.stage}${reason}`
}
