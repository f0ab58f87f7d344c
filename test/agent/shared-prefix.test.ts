/** The prefix that roles share, and that turns extend, byte for byte as it goes over the wire. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { agentsAt, FRUIT_SPEC, taskFor } from '../support/agent-bench.ts'
import { call, startScriptedModel, submit } from '../support/scripted-model.ts'
import type { AskedRequest, ScriptedModel } from '../support/scripted-model.ts'

let model: ScriptedModel | undefined
afterEach(async () => model?.close())

const good = submit({ name: 'apple', count: 3 })

/** The bytes that the cache sees, in its order: tools, system, messages. */
function wire(request: AskedRequest | undefined): { head: string; messages: string[] } {
  const { tools, system, messages } = request?.body ?? { tools: [], system: [], messages: [] }
  return {
    head: JSON.stringify([tools, system]),
    messages: messages.map((message) => JSON.stringify(message)),
  }
}

function firstBlocks(request: AskedRequest | undefined): string[] {
  const content = request?.body.messages[0]?.content
  return Array.isArray(content) ? content.map((block) => JSON.stringify(block)) : []
}

async function twoRoles(): Promise<ScriptedModel> {
  model = await startScriptedModel([{ content: [call('read', { file_path: 'a' })] }, good, good])
  const { agents } = agentsAt(model.url)
  await agents.begin(FRUIT_SPEC, taskFor()).ask()
  const reviewer = { ...FRUIT_SPEC, role: 'reviewer' as const, prompt: 'Review the {{what}}.', allowed: [] }
  await agents.begin(reviewer, taskFor({ tools: undefined })).ask()
  return model
}

describe('the shared prefix', () => {
  it('is the same bytes for two roles up to the last dossier block', async () => {
    const { asked } = await twoRoles()
    expect(wire(asked[2]).head).toBe(wire(asked[0]).head)
    const [coder, reviewer] = [firstBlocks(asked[0]), firstBlocks(asked[2])]
    expect(reviewer.slice(0, 2)).toEqual(coder.slice(0, 2))
    expect(coder[1]).toContain('"cache_control":{"type":"ephemeral"}')
    expect(reviewer[2]).not.toBe(coder[2])
  })

  it('is extended by every later turn and never rewritten', async () => {
    const { asked } = await twoRoles()
    const [first, second] = [wire(asked[0]), wire(asked[1])]
    expect(second.head).toBe(first.head)
    expect(second.messages.slice(0, first.messages.length)).toEqual(first.messages)
    expect(second.messages).toHaveLength(3)
  })

  it('has at most four cache breakpoints, the automatic one among them', async () => {
    const { asked } = await twoRoles()
    for (const request of asked) {
      const markers = request.raw.match(/"cache_control"/g) ?? []
      expect(markers).toHaveLength(3)
      expect(request.body.cache_control).toEqual({ type: 'ephemeral' })
    }
  })

  it('sends the tools in one order, without beta types and without an output format', async () => {
    const { asked } = await twoRoles()
    expect(asked[0]?.body.tools.map((tool) => tool.name)).toEqual([
      'bash',
      'read',
      'write',
      'edit',
      'glob',
      'grep',
      'submit',
    ])
    expect(asked[0]?.body.tools.every((tool) => !('type' in tool))).toBe(true)
    expect(asked[0]?.raw).not.toContain('output_config')
    expect(asked[0]?.raw).not.toContain('"thread"')
  })

  it('names role, conversation and turn in headers, not in the request', async () => {
    const { asked } = await twoRoles()
    expect(
      asked.map(({ headers }) => [
        headers['x-millwright-role'],
        headers['x-millwright-conversation'],
        headers['x-millwright-turn'],
      ]),
    ).toEqual([
      ['coder', 'coder-1', '1'],
      ['coder', 'coder-1', '2'],
      ['reviewer', 'reviewer-1', '1'],
    ])
  })

  it("counts the first cache read of a conversation as another role's, later ones as its own", async () => {
    const usage = (cache_read_input_tokens: number) => ({ cache_read_input_tokens })
    model = await startScriptedModel([
      { content: [call('read', { file_path: 'a' })], usage: usage(70) },
      { ...good, usage: usage(90) } as typeof good,
    ])
    const task = taskFor()
    await agentsAt(model.url).agents.begin(FRUIT_SPEC, task).ask()
    expect(task.meter.continuity()).toMatchObject({
      cached_across_roles: 70,
      cached_within_role: 90,
      prompt_tokens: 360,
      regions_read: 1,
    })
  })
})
