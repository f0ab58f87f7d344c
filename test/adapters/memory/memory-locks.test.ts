import { describe } from '@jest/globals'
import { createMemoryLocks } from '../../../src/adapters/memory/memory-locks.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { locksContract } from '../../contract/locks.ts'
import { storeContract } from '../../contract/store.ts'

describe('the locks of one process', () => {
  locksContract(async () => {
    const locks = createMemoryLocks()
    return [locks, locks]
  })
})

describe('the store of one process', () => {
  storeContract(async () => createMemoryStore())
})
