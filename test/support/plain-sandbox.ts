/** A sandbox that isolates nothing: plain bash in the checkout, for tests whose subject is not the sandbox. */
import { spawn } from 'node:child_process'
import type { CommandResult, Sandbox, SandboxSpec } from '../../src/ports/sandbox.ts'

export interface PlainSandbox extends Sandbox {
  /** What was asked for so far. */
  readonly calls: readonly { command: string; spec: SandboxSpec }[]
}

/** With `answer`, nothing runs and that is what every command printed. */
export function createPlainSandbox(answer?: Partial<CommandResult>): PlainSandbox {
  const calls: { command: string; spec: SandboxSpec }[] = []
  return {
    calls,
    selfTest: () => Promise.resolve({ ok: true }),
    spawn: () => Promise.reject(new Error('this test sandbox starts no long-lived process')),
    run(command, spec, options) {
      calls.push({ command, spec })
      return answer ? Promise.resolve({ ...NOTHING, ...answer }) : run(command, spec, options?.stdin)
    },
  }
}

const NOTHING: CommandResult = {
  code: 0,
  stdout: '',
  stderr: '',
  cut: { stdout: 0, stderr: 0 },
  killed: undefined,
  ms: 0,
  refusedHosts: [],
}

function run(command: string, spec: SandboxSpec, stdin = ''): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', ...spec.env }
    const child = spawn('/bin/bash', ['-c', command], { cwd: spec.checkout, env })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.on('error', reject)
    child.stdin.on('error', () => {}).end(stdin)
    child.on('close', (code) => {
      const cut = Math.max(0, stdout.length - spec.limits.outputBytes)
      const kept = stdout.slice(0, spec.limits.outputBytes)
      resolve({ ...NOTHING, code, stdout: kept, stderr, cut: { stdout: cut, stderr: 0 } })
    })
  })
}
