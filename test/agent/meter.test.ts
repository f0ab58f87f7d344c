/** The purse adds up, and knows which lines of which files were seen. */
import { describe, expect, it } from '@jest/globals'
import { changedFile, fileRegions } from '../../src/agent/file-regions.ts'
import { createMeter } from '../../src/agent/meter.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'

const LIMIT = { usd: 1, turns: 10 }

describe('a meter', () => {
  it('counts once what it is told again under one id', () => {
    const meter = createMeter(LIMIT)
    const call = { ...NO_SPEND, usd: 0.4, turns: 1 }
    for (const id of ['7', '8', '7', undefined, undefined]) meter.add(call, NO_CONTINUITY, id)
    expect(meter.spent()).toEqual({ ...NO_SPEND, usd: 1.6, turns: 4 })
  })

  it('starts from what earlier stages spent', () => {
    const meter = createMeter(LIMIT, { spent: { ...NO_SPEND, usd: 0.4, turns: 3 } })
    meter.add({ ...NO_SPEND, usd: 0.2, turns: 1 }, { ...NO_CONTINUITY, prompt_tokens: 7 })
    expect(meter.spent()).toMatchObject({ usd: 0.6, turns: 4 })
    expect(meter.continuity().prompt_tokens).toBe(7)
  })

  it('takes a region inside known ones for seen, also where two reads joined', () => {
    const meter = createMeter(LIMIT)
    expect(meter.firstRead('a.ts:1-10')).toBe(true)
    expect(meter.firstRead('a.ts:5-8')).toBe(false)
    expect(meter.firstRead('a.ts:11-20')).toBe(true)
    expect(meter.firstRead('a.ts:1-20')).toBe(false)
    expect(meter.firstRead('a.ts:15-30')).toBe(true)
    expect(meter.firstRead('a.ts:1-end')).toBe(true)
    expect(meter.firstRead('a.ts:900-910')).toBe(false)
    expect(meter.firstRead('b.ts:5-8')).toBe(true)
  })
})

describe('fileRegions', () => {
  it('names the lines that a read shows', () => {
    expect(fileRegions('read', { file_path: './src//a.ts' }, '')).toEqual(['src/a.ts:1-end'])
    expect(fileRegions('read', { file_path: 'a.ts', view_range: [3, 9] }, '')).toEqual(['a.ts:3-9'])
    expect(fileRegions('read', { file_path: 'a.ts', view_range: [3, -1] }, '')).toEqual(['a.ts:3-end'])
  })

  it('joins neighbouring hits of a search', () => {
    const answer = 'a.ts:3:x\na.ts:4:y\na.ts:9:z\nb.ts:1:x\nno matches here'
    expect(fileRegions('grep', { pattern: 'x' }, answer)).toEqual(['a.ts:3-4', 'a.ts:9-9', 'b.ts:1-1'])
  })

  it('names none for the other tools, and the file that a write changes', () => {
    expect(fileRegions('bash', { command: 'cat a.ts' }, 'a.ts:1:x')).toEqual([])
    expect(changedFile('edit', { file_path: './a.ts' })).toBe('a.ts')
    expect(changedFile('read', { file_path: 'a.ts' })).toBeUndefined()
  })
})
