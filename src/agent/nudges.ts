/** The factory's own sentences to a model that went astray. Each is said at most once per question. */
export const SAY = {
  prose:
    'Your last reply ended without a result, and prose is not read by anybody. If the work is done, call submit with the result. If it is not, go on with it.',
  empty: 'Your last reply was empty. Go on with the work, or call submit with the result.',
  cut: 'Your last reply reached its length limit and was cut off; nothing it called was run. Go on in smaller steps: shorter thoughts, one large file at a time.',
  brokenInput:
    'Your last reply could not be read: the input of a tool call was not valid JSON, or two calls had one id. Nothing of it was run. Send it again.',
  goOn: 'Go on.',
} as const
