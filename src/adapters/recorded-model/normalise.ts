/**
 * Takes out of a tool's answer what differs from machine to machine and from run to run, and nothing else.
 *
 * Two answers that are equal after this tell a model the same. Applying it twice changes nothing, so stored answers
 * can go through it again. Each rule has its reason; a rule without one would hide a difference that matters.
 */

/** The call that the answer belongs to. */
export interface AnsweredCall {
  readonly tool: string
  readonly input: unknown
}

/** Real output settles in two passes; the bound is for output made to be awkward. */
const MAX_PASSES = 10

type Rule = readonly [pattern: RegExp, replacement: string | ((match: string) => string)]

/** Checkouts live in folders made up per run; of a file the name stays, of a folder nothing. */
function shortPath(path: string): string {
  const last = path.slice(path.lastIndexOf('/') + 1)
  return last.includes('.') ? `<path>/${last}` : '<path>'
}

/* eslint-disable-next-line no-control-regex -- terminal colours are control characters */
const COLOUR = /\u001B\[[0-9;]*[A-Za-z]/g
const NUMBER = String.raw`\d+(?:\.\d+)?`
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?`
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'

const RULES: readonly Rule[] = [
  [COLOUR, ''],
  // The fences around outside text carry a mark that is made anew for every run.
  [/^(<<<(?:end )?outside .*) [\w-]{8,64}>>>$/gm, '$1 <mark>>>>'],
  // Package managers chat about versions and funding, depending on theirs.
  [/^npm (?:warn|WARN|notice)\b.*\n?/gm, ''],
  // `ls -l`: owner, date, and a directory's size depend on the machine.
  [
    new RegExp(
      String.raw`^([-dlbcps])[rwxsStT-]{9}[.+@]? +\d+ +\S+ +\S+ +\d+ +(?:${MONTH} +\d+ +[\d:]+|\d{4}-\d\d-\d\d ${CLOCK}) +`,
      'gm',
    ),
    '$1 ',
  ],
  [/^total \d+$/gm, 'total <size>'],
  // `du`: how a file system counts blocks.
  [/^\d+(?:\.\d+)?[KMGT]?\t/gm, '<size>\t'],
  // Dates and times of day.
  [new RegExp(String.raw`\d{4}-\d\d-\d\d(?:[T ]${CLOCK}(?:Z| ?[+-]\d\d:?\d\d)?)?`, 'g'), '<date>'],
  [
    new RegExp(
      String.raw`(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?${MONTH} +\d{1,2} ${CLOCK}(?: \d{4})?(?: [+-]\d{4})?`,
      'g',
    ),
    '<date>',
  ],
  // npm's log files are named after the moment.
  [/(?:<date>)?T\d{2}_\d{2}_\d{2}_\d+Z/g, '<date>'],
  [/\b\d{2}:\d{2}:\d{2}(?:\.\d+)?\b/g, '<time>'],
  // How long something took.
  [new RegExp(String.raw`\b${NUMBER} ?(?:ms|µs|us|ns|s|secs?|seconds?|mins?|minutes?)\b`, 'g'), '<time>'],
  [
    new RegExp(
      String.raw`\b(duration|duration_ms|elapsed|took|time)(["']?\s*[:=]?\s*)${NUMBER}\b(?!\s*(?:tests?|files?|items?))`,
      'gi',
    ),
    '$1$2<time>',
  ],
  // Where processes and servers happened to be.
  [/\b(127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\]):\d+/g, '$1:<port>'],
  [/\bpid([ :=]+)\d+/gi, 'pid$1<pid>'],
  [/\(node:\d+\)/g, '(node:<pid>)'],
  // The target's own Node may be of another version here.
  [/^Node\.js v\d+\.\d+\.\d+$/gm, 'Node.js <version>'],
  [/\bnode:([\w/]+):\d+(?::\d+)?/g, 'node:$1:<line>'],
  [/file:\/\/(?=\/)/g, ''],
  [/(?<![\w.~<>:/@-])(?:\/[\w.@+~-]+){2,}\/?/g, (path) => shortPath(path.replace(/\/$/, ''))],
  // Object names, digests, generated ids: letters and digits mixed. Plain numbers stay, they are results.
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/g, '<id>'],
  [/[ \t]+$/gm, ''],
]

/** Newest first (glob), in the order of parallel workers (grep), in the order of a directory's entries (find, du). */
const UNORDERED_COMMAND = /\b(?:find|rg|du|grep\s+(?:-\w+\s+)*-\w*[rR]\w*)\b/

function unordered({ tool, input }: AnsweredCall): boolean {
  if (tool === 'glob' || tool === 'grep') return true
  const command = typeof input === 'object' && input !== null && 'command' in input ? input.command : ''
  return tool === 'bash' && typeof command === 'string' && UNORDERED_COMMAND.test(command)
}

function onePass(text: string): string {
  return RULES.reduce((so, [pattern, replacement]) => {
    return typeof replacement === 'string'
      ? so.replaceAll(pattern, replacement)
      : so.replaceAll(pattern, replacement)
  }, text)
}

/** What a rule removes can bring together what another rule looks for, so passes go on until nothing changes. */
export function normaliseText(text: string): string {
  let so = text.replaceAll('\r\n', '\n')
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = onePass(so)
    if (next === so) break
    so = next
  }
  return so
}

export function normaliseAnswer(text: string, call: AnsweredCall): string {
  const plain = normaliseText(text)
  return unordered(call) ? plain.split('\n').toSorted().join('\n') : plain
}
