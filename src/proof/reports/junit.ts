/** JUnit XML, as most runners of most languages can write it. */
import { plainText } from '../clean-output.ts'
import { failedByText } from './failure-kind.ts'
import type { FailedBy, RawTest, Report, RunOutput } from './report.ts'
import { relativePath, withIds } from './report.ts'
import type { XmlElement } from './xml.ts'
import { readXml } from './xml.ts'

/** Every `testcase` of a JUnit document, with the suites around it; undefined when the text is none. */
export function junitCases(
  output: RunOutput,
): readonly { readonly element: XmlElement; readonly suites: readonly string[] }[] | undefined {
  const source = output.file.trim() === '' ? output.stdout.trim() : output.file.trim()
  const root = readXml(source)
  if (root === undefined || !['testsuites', 'testsuite'].includes(root.name)) return undefined
  const found: { element: XmlElement; suites: readonly string[] }[] = []
  const walk = (element: XmlElement, suites: readonly string[]): void => {
    for (const child of element.children) {
      if (child.name === 'testcase') found.push({ element: child, suites })
      if (child.name === 'testsuite') walk(child, [...suites, child.attributes.get('name') ?? ''])
    }
  }
  walk(root, [])
  return found
}

/** The child that says how a test case ended, where it did not pass. */
export function outcomeOf(element: XmlElement): XmlElement | undefined {
  return element.children.find((child) => ['failure', 'error', 'skipped'].includes(child.name))
}

function failedBy(outcome: XmlElement): FailedBy {
  if (outcome.name === 'error') return 'other'
  const type = outcome.attributes.get('type') ?? ''
  // Many reporters write every exception as a failure; only what calls itself an assertion counts as one.
  if (/assert|comparison/i.test(type)) return 'assertion'
  const message = outcome.attributes.get('message') ?? ''
  return failedByText(message) === 'assertion' ? 'assertion' : failedByText(outcome.text)
}

function toTest(element: XmlElement, suites: readonly string[], root: string): RawTest {
  const named = element.attributes.get('file')
  const file = named === undefined ? undefined : relativePath(named, root)
  const group = element.attributes.get('classname') ?? suites.at(-1) ?? ''
  const name = element.attributes.get('name') ?? ''
  const path = group === '' || group === name ? [name] : [group, name]
  const outcome = outcomeOf(element)
  if (outcome === undefined) return { file, path, status: 'passed', message: '', failedBy: undefined }
  const message = plainText(outcome.attributes.get('message') ?? outcome.text)
  if (outcome.name === 'skipped') return { file, path, status: 'skipped', message, failedBy: undefined }
  return { file, path, status: 'failed', message, failedBy: failedBy(outcome) }
}

/** Reads JUnit XML from the report file, else from standard output. */
export function readJunit(output: RunOutput): Report | undefined {
  const cases = junitCases(output)
  if (cases === undefined) return undefined
  const tests = cases.map(({ element, suites }) => toTest(element, suites, output.root))
  return { tests: withIds(tests), loadErrors: [], ended: true }
}
