/** Text hygiene: the only way in for text from outside, and the only way out for text that a model wrote. */
export { cleanInbound } from './untrusted/inbound.ts'
export { showName } from './untrusted/invisible.ts'
export { cleanOutbound, MAX_OUTBOUND } from './untrusted/outbound.ts'
export { cleanOutput, cutMiddle, oneLine } from './untrusted/output.ts'
export { fence } from './untrusted/fence.ts'
