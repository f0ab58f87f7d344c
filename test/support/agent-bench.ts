/** A role, a tool host in memory, and agents over a real client: what the tests of the loop stand on. */
import { z } from 'zod'
import { createAnthropicClient } from '../../src/adapters/anthropic/client.ts'
import { priceOf } from '../../src/adapters/anthropic/pricing.ts'
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { createNodeSigner } from '../../src/adapters/node/node-signer.ts'
import { createAgents } from '../../src/agent/agents.ts'
import { createMeter } from '../../src/agent/meter.ts'
import type { TurnReport } from '../../src/agent/turn-report.ts'
import type { Agents, AgentSpec, AgentTask } from '../../src/ports/agents.ts'
import type { Journal } from '../../src/ports/journal.ts'
import type { Log } from '../../src/ports/log.ts'
import { SILENT } from '../../src/ports/progress.ts'
import type { ToolAnswer, ToolHost } from '../../src/ports/tools.ts'
import { TOOL_NAMES } from '../../src/ports/tools.ts'

const fruit = z.strictObject({ name: z.string(), count: z.int() })
export type Fruit = z.infer<typeof fruit>

export const FRUIT_SPEC: AgentSpec<Fruit> = {
  role: 'coder',
  prompt: 'Count the {{what}}.',
  variables: ['what'],
  output: fruit,
  allowed: TOOL_NAMES,
  limits: { turns: 20, usd: 5, maxTokens: 4000 },
}

const signer = createNodeSigner('a secret of thirty-two characters')
const QUIET: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** A tool host that remembers its calls and answers as told. */
export function memoryHost(
  answer: (tool: string, input: unknown) => ToolAnswer | Promise<ToolAnswer>,
): ToolHost & {
  readonly calls: { tool: string; input: unknown; signal: AbortSignal }[]
} {
  const calls: { tool: string; input: unknown; signal: AbortSignal }[] = []
  return {
    calls,
    call: async (tool, input, signal) => {
      calls.push({ tool, input, signal })
      return answer(tool, input)
    },
    close: async () => {},
  }
}

export function agentsAt(
  baseUrl: string,
  {
    journal = createMemoryJournal(),
    run = 'abcdef1234',
    effect = `${run}.3.0`,
    log = QUIET,
    ...options
  }: { stallMs?: number; journal?: Journal; run?: string; effect?: string; log?: Log; system?: string } = {},
): { agents: Agents; turns: TurnReport[] } {
  const turns: TurnReport[] = []
  const agents = createAgents({
    client: createAnthropicClient({ apiKey: 'test-key', baseUrl }),
    model: () => 'claude-opus-5-5',
    price: priceOf,
    system: 'You count fruit.',
    log,
    attempt: { journal, run, effect, hash: (text) => signer.hash(text) },
    onTurn: (turn) => turns.push(turn),
    ...options,
  })
  return { agents, turns }
}

export function taskFor(over: Partial<AgentTask> = {}): AgentTask {
  return {
    dossier: ['The orchard has trees.', 'The basket holds apples.'],
    variables: { what: 'apples' },
    tools: memoryHost(() => ({ content: 'three apples', isError: false })),
    meter: createMeter({ usd: 10, turns: 100 }),
    signal: new AbortController().signal,
    progress: SILENT,
    ...over,
  }
}
