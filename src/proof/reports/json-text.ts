/** Finds the JSON report in a report file, or in output in which the tests printed as well. */
import type { RunOutput } from './report.ts'

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The report file's JSON, else the last line or trailing block of standard output that is a JSON object. */
export function jsonReport(output: RunOutput): unknown {
  if (output.file.trim() !== '') return parsed(output.file)
  const whole = parsed(output.stdout)
  if (whole !== undefined) return whole
  const lines = output.stdout.split('\n')
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at] ?? ''
    if (!line.startsWith('{')) continue
    // The report is the last thing printed; a few trailing lines ("Done in 1 s") may follow a one-line report.
    const found = parsed(lines.slice(at).join('\n')) ?? parsed(line)
    if (found !== undefined) return found
  }
  return undefined
}
