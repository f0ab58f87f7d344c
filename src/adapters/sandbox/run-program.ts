/** Runs a trusted program of this machine outside the sandbox: with an environment of its own, and to its end. */
import { execFile } from 'node:child_process'
import type { RunProgram } from '../../ports/program.ts'

/** The end of what it printed is what an operator is shown. */
const KEPT = 4000

export const runProgram: RunProgram = (program, args, { env, cwd, user }) =>
  new Promise((resolve) => {
    const options = { env, cwd, maxBuffer: 16 * 1024 * 1024, ...user }
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const printed = `${stdout}${stderr}`.trim().slice(-KEPT)
      if (error === null) return resolve({ code: 0, output: printed })
      resolve({ code: typeof error.code === 'number' ? error.code : null, output: printed || error.message })
    })
  })
