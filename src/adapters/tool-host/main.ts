/** The program that runs inside the sandbox for the length of a stage and serves its tools. */
import { createInterface } from 'node:readline'
import { insideTools } from './inside-tools.ts'
import { hostConfig, READY, request } from './protocol.ts'

const [config = '', path = ''] = process.argv.slice(2)
const run = insideTools(hostConfig.parse(JSON.parse(config)), path)

const say = (value: string) => process.stdout.write(`${value}\n`)
say(READY)
for await (const line of createInterface({ input: process.stdin })) {
  const { id, tool, input } = request.parse(JSON.parse(line))
  say(JSON.stringify({ id, ...(await run(tool, input)) }))
}
// The app has closed its end: background processes of the shell must not keep this one.
process.exit(0)
