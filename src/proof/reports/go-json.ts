/** `go test -json`: one event per line. */
import { z } from 'zod'
import { plainText } from '../clean-output.ts'
import type { LoadError, RawTest, Report, RunOutput } from './report.ts'
import { withIds } from './report.ts'

const goEvent = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Output: z.string().optional(),
  FailedBuild: z.string().optional(),
})
type GoEvent = z.infer<typeof goEvent>

function readEvent(line: string): GoEvent | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const event = goEvent.safeParse(JSON.parse(line))
    return event.success ? event.data : undefined
  } catch {
    return undefined
  }
}

const ENDINGS: Readonly<Record<string, RawTest['status']>> = {
  pass: 'passed',
  fail: 'failed',
  skip: 'skipped',
}

function toTest(event: GoEvent, status: RawTest['status'], printed: string): RawTest {
  const path = [event.Package ?? '', ...(event.Test ?? '').split('/')].filter((part) => part !== '')
  if (status !== 'failed') return { file: undefined, path, status, message: '', failedBy: undefined }
  const lines = printed.split('\n').filter((line) => !/^\s*(?:---|===)/.test(line) && line.trim() !== '')
  // Go has no assertions: a test that fails without a panic called t.Error or t.Fatal, which is what it has instead.
  const panicked = /^(?:panic: |fatal error: |\s*panic: test timed out)/m.test(printed)
  return {
    file: undefined,
    path,
    status,
    message: lines.join('\n').trim(),
    failedBy: panicked ? 'other' : 'assertion',
  }
}

/** A test with subtests repeats their failures. */
function isGroup(event: GoEvent, names: ReadonlySet<string>): boolean {
  const prefix = `${event.Package ?? ''} ${event.Test ?? ''}/`
  return [...names].some((name) => name.startsWith(prefix))
}

/** Reads the event stream from the report file, else from standard output. */
export function readGo(output: RunOutput): Report | undefined {
  const source = output.file.trim() === '' ? output.stdout : output.file
  const events = source.split('\n').flatMap((line) => readEvent(line) ?? [])
  if (events.length === 0) return undefined
  const printed = new Map<string, string>()
  const keyOf = (event: GoEvent): string => `${event.Package ?? event.ImportPath ?? ''} ${event.Test ?? ''}`
  for (const event of events)
    printed.set(keyOf(event), (printed.get(keyOf(event)) ?? '') + (event.Output ?? ''))
  const names = new Set(events.filter((event) => event.Test !== undefined).map(keyOf))
  const tests: RawTest[] = []
  const loadErrors: LoadError[] = []
  for (const event of events) {
    const status = Object.hasOwn(ENDINGS, event.Action) ? ENDINGS[event.Action] : undefined
    const text = plainText(printed.get(keyOf(event)) ?? '')
    if (event.Test !== undefined && status !== undefined && !isGroup(event, names))
      tests.push(toTest(event, status, text))
    const build = event.Action === 'build-fail' || /\[(?:build|setup) failed\]/.test(text)
    if (event.Test === undefined && build && (event.Action === 'fail' || event.Action === 'build-fail')) {
      const message = /^\S+\.go:\d+:\d+: .*$/m.exec(text)?.[0] ?? `${keyOf(event).trim()} does not build`
      if (event.Action === 'build-fail' || event.FailedBuild === undefined)
        loadErrors.push({ file: undefined, message })
    }
  }
  return { tests: withIds(tests), loadErrors, ended: true }
}
