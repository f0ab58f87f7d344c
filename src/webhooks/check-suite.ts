/** check_suite: all checks of one App ended on a commit; each of them has told of itself already. */
import { byAction } from './translation.ts'

export const checkSuite = byAction({
  // Ours completes, too, with every publication: a look for each would find what was just written.
  completed: 'each check in it has told of itself',
  requested: 'our check is made when there is something to report',
  rerequested: 'our check says what was proved, and proving is asked for by commands',
})
