import { describe } from '@jest/globals'
import { createMemoryJournal } from '../../../src/adapters/memory/memory-journal.ts'
import { journalContract } from '../../contract/journal.ts'

describe('the journal of one process', () => {
  journalContract(async () => createMemoryJournal())
})
