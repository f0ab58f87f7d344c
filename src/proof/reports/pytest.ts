/** pytest's JUnit XML (`junit_family=xunit1`, which names files): assertions, collection errors, fixtures told apart. */
import { plainText } from '../clean-output.ts'
import { junitCases, outcomeOf } from './junit.ts'
import type { FailedBy, LoadError, RawTest, Report, RunOutput } from './report.ts'
import { relativePath, withIds } from './report.ts'
import type { XmlElement } from './xml.ts'

/** pytest ends the text of a failure with where it happened and the class of the exception. */
function exceptionOf(outcome: XmlElement): string | undefined {
  return /^\S.*:\d+: (\w+)$/.exec(outcome.text.trimEnd().split('\n').at(-1) ?? '')?.[1]
}

function failedBy(outcome: XmlElement): FailedBy {
  if (outcome.name === 'error') return 'other'
  const exception = exceptionOf(outcome)
  // `Failed` is pytest.fail and pytest.raises that saw nothing raised.
  if (exception === 'AssertionError' || exception === 'Failed') return 'assertion'
  if (exception !== undefined) return 'other'
  return /^(?:AssertionError\b|Failed: |assert )/.test(outcome.attributes.get('message') ?? '')
    ? 'assertion'
    : 'other'
}

/** The last error line that pytest marks with `E`. */
function collectionMessage(text: string): string {
  const marked = [...text.matchAll(/^E\s+(\w+(?:Error|Exception)\b.*)$/gm)]
  return marked.at(-1)?.[1] ?? text.trim().split('\n')[0] ?? ''
}

function fileOf(element: XmlElement, root: string): string | undefined {
  const named = element.attributes.get('file')
  return named === undefined ? undefined : relativePath(named, root)
}

function toTest(element: XmlElement, root: string): RawTest {
  const file = fileOf(element, root)
  const name = element.attributes.get('name') ?? ''
  // The class name repeats the module; what is left of it are the classes around the test.
  const module = file?.replace(/\.py$/, '').replaceAll('/', '.') ?? ''
  const group = element.attributes.get('classname') ?? ''
  const classes =
    group === module ? '' : group.startsWith(`${module}.`) ? group.slice(module.length + 1) : group
  const path = classes === '' ? [name] : [...classes.split('.'), name]
  const outcome = outcomeOf(element)
  if (outcome === undefined) return { file, path, status: 'passed', message: '', failedBy: undefined }
  const message = plainText(outcome.attributes.get('message') ?? outcome.text)
  if (outcome.name === 'skipped') return { file, path, status: 'skipped', message, failedBy: undefined }
  return { file, path, status: 'failed', message, failedBy: failedBy(outcome) }
}

/** Reads pytest's report from the report file, else from standard output. */
export function readPytest(output: RunOutput): Report | undefined {
  const cases = junitCases(output)
  if (cases === undefined) return undefined
  const tests: RawTest[] = []
  const loadErrors: LoadError[] = []
  for (const { element } of cases) {
    const outcome = outcomeOf(element)
    if (outcome?.name === 'error' && outcome.attributes.get('message') === 'collection failure')
      loadErrors.push({
        file: fileOf(element, output.root),
        message: collectionMessage(plainText(outcome.text)),
      })
    else tests.push(toTest(element, output.root))
  }
  return { tests: withIds(tests), loadErrors, ended: true }
}
