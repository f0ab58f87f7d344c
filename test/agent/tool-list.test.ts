/** The tools we tell the model of are the ones that the SDK's toolset, which the tool host runs, takes. */
import { betaAgentToolset20260401 } from '@anthropic-ai/sdk/tools/agent-toolset/node'
import { describe, expect, it } from '@jest/globals'
import { TOOL_DESCRIPTIONS, toolList } from '../../src/agent/tool-list.ts'

interface Schema {
  readonly properties: Record<string, { type: string }>
  readonly required?: readonly string[]
}

describe('the tool list', () => {
  it('asks for the same inputs as the SDK toolset, by name, type and necessity', () => {
    const theirs = betaAgentToolset20260401({ workdir: process.cwd() })
    const ours = toolList(TOOL_DESCRIPTIONS).filter((tool) => tool.name !== 'submit')
    const shape = (tool: object) => {
      const { name, input_schema } = tool as { name: string; input_schema: Schema }
      const types = Object.entries(input_schema.properties).map(([key, { type }]) => [key, type])
      return { name, types, required: input_schema.required ?? [] }
    }
    expect(ours.map(shape)).toEqual(theirs.map(shape))
  })

  it('is the same bytes each time it is made', () => {
    expect(JSON.stringify(toolList(TOOL_DESCRIPTIONS))).toBe(JSON.stringify(toolList(TOOL_DESCRIPTIONS)))
  })
})
