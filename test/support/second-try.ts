/**
 * Tests that start processes, sandboxes and servers get a second try: a machine that stood still for a second is no
 * defect. The first failure is printed all the same, so a flaky test is seen; pure tests get none.
 */
import { expect, jest } from '@jest/globals'

const REAL_WORLD = /\/test\/(?:scenario|integration|proof|contract|adapters)\//

if (REAL_WORLD.test(expect.getState().testPath ?? '')) jest.retryTimes(1, { logErrorsBeforeRetry: true })
