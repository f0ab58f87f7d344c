/** Notices a model that makes the same call with the same answer over and over. */

/** Twice is checking, three times can be a flaky command; five equal answers in a row are a loop. */
const SAME_IN_A_ROW = 5

interface CallRecord {
  readonly tool: string
  readonly input: unknown
  readonly answer: string
}

/** Told of every call in order; `looping` says whether the last five were equal in call, input and answer. */
export interface LoopBreaker {
  saw(call: CallRecord): void
  readonly looping: boolean
}

export function createLoopBreaker(limit: number = SAME_IN_A_ROW): LoopBreaker {
  let last = ''
  let times = 0
  return {
    saw: (call) => {
      const key = JSON.stringify([call.tool, call.input, call.answer])
      times = key === last ? times + 1 : 1
      last = key
    },
    get looping() {
      return times >= limit
    },
  }
}
