/** One running tool host: matches answers to questions, and believes nothing that is not in the right form. */
import type { SandboxProcess } from '../../ports/sandbox.ts'
import { answer, READY } from './protocol.ts'
import type { Request } from './protocol.ts'

// A cold start of Node on a busy machine takes a second.
const START_MS = 20_000

export type HostAnswer =
  | { readonly ok: true; readonly content: string; readonly isError: boolean }
  | { readonly ok: false; readonly problem: string }

type Line = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'ended' | 'late' | 'aborted' }

export class HostProcess {
  readonly #process: SandboxProcess
  readonly #lines: AsyncIterator<string>

  constructor(process: SandboxProcess) {
    this.#process = process
    this.#lines = process.lines[Symbol.asyncIterator]()
  }

  /** What went wrong, or undefined when it is up. */
  async ready(): Promise<string | undefined> {
    const line = await this.#next(START_MS, undefined)
    if (line.kind === 'line' && line.text === READY) return undefined
    if (line.kind === 'ended') return this.#howItEnded()
    return line.kind === 'line' ? 'its first line is not the expected one.' : 'it said nothing.'
  }

  /** One question at a time; after an answer that is not ok the host must be closed. */
  async ask(question: Request, wait: { signal: AbortSignal; ms: number }): Promise<HostAnswer> {
    this.#process.send(JSON.stringify(question))
    const line = await this.#next(wait.ms, wait.signal)
    switch (line.kind) {
      case 'aborted':
        return { ok: false, problem: 'Stopped.' }
      case 'late':
        return { ok: false, problem: 'The tool host did not answer in time and was stopped.' }
      case 'ended':
        return { ok: false, problem: `The tool host died: ${await this.#howItEnded()}` }
      case 'line':
        return readAnswer(line.text, question.id)
    }
  }

  /** Kills it with everything it started. */
  async close(): Promise<void> {
    await this.#process.kill()
  }

  async #next(ms: number, signal: AbortSignal | undefined): Promise<Line> {
    let timer: NodeJS.Timeout | undefined
    let onAbort = () => {}
    const outside = new Promise<Line>((done) => {
      timer = setTimeout(() => done({ kind: 'late' }), ms)
      onAbort = () => done({ kind: 'aborted' })
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
    })
    const inside = this.#lines
      .next()
      .then<Line>((next) => (next.done === true ? { kind: 'ended' } : { kind: 'line', text: next.value }))
    try {
      return await Promise.race([inside, outside])
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async #howItEnded(): Promise<string> {
    try {
      const { killed, code, stderr } = await this.#process.ended
      if (killed === 'memory') return 'its processes needed more memory than the sandbox gives.'
      if (killed === 'timeout') return 'the time of its stage was over.'
      if (killed === 'aborted') return 'it was stopped.'
      return `exit code ${code ?? 'unknown'}. ${stderr.trim().slice(-500)}`.trim()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

function readAnswer(text: string, id: string): HostAnswer {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, problem: 'The tool host answered with something that is no JSON and was stopped.' }
  }
  const parsed = answer.safeParse(value)
  if (!parsed.success)
    return { ok: false, problem: 'The tool host answered in a wrong form and was stopped.' }
  if (parsed.data.id !== id)
    return { ok: false, problem: 'The tool host answered another question and was stopped.' }
  return { ok: true, content: parsed.data.content, isError: parsed.data.isError }
}
