/** The codec of the state comment: a visible part for people, and one signed line that a rendered page does not show. */
export { bareMarker, encodeStateComment } from './state-comment/encode.ts'
export { decodeStateComment } from './state-comment/decode.ts'
