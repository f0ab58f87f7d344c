/** Which regions of files a tool call showed the model, for the count of what was read again. */
import type { ToolName } from '../ports/tools.ts'

const GREP_HIT = /^(.+?):(\d+):/

/** `./src//a.ts` and `src/a.ts` are one file. Absolute paths stay absolute: only the tool host knows the checkout. */
function normalPath(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/').replace(/^(?:\.\/)+/, '')
}

function regionOfRead(input: { file_path?: unknown; view_range?: unknown }): string[] {
  if (typeof input.file_path !== 'string') return []
  const range: unknown[] = Array.isArray(input.view_range) ? input.view_range : []
  const start = typeof range[0] === 'number' ? Math.max(1, range[0]) : 1
  const end = typeof range[1] === 'number' && range[1] > 0 ? String(range[1]) : 'end'
  return [`${normalPath(input.file_path)}:${start}-${end}`]
}

/** Neighbouring hits are one region: a match over ten lines was one look, not ten. */
function regionsOfGrep(answer: string): string[] {
  const regions: { path: string; start: number; end: number }[] = []
  for (const line of answer.split('\n')) {
    const hit = GREP_HIT.exec(line)
    if (!hit) continue
    const path = normalPath(hit[1] ?? '')
    const number = Number(hit[2])
    const last = regions.at(-1)
    if (last && last.path === path && number === last.end + 1) last.end = number
    else regions.push({ path, start: number, end: number })
  }
  return regions.map((region) => `${region.path}:${region.start}-${region.end}`)
}

/** Regions as Meter.firstRead takes them. What a shell command prints is not counted: its output names no lines. */
export function fileRegions(tool: ToolName, input: Record<string, unknown>, answer: string): string[] {
  if (tool === 'read') return regionOfRead(input)
  if (tool === 'grep') return regionsOfGrep(answer)
  return []
}

/** The file a successful write or edit changed: reading it once more is then no repetition. */
export function changedFile(tool: ToolName, input: Record<string, unknown>): string | undefined {
  const changes = tool === 'write' || tool === 'edit'
  return changes && typeof input.file_path === 'string' ? normalPath(input.file_path) : undefined
}
