/** merge_group: a merge queue asks whether a group of changes may go in. */
import { byAction } from './translation.ts'

const LATER = 'merge groups are proved once merging is switched on'

export const mergeGroup = byAction({ checks_requested: LATER, destroyed: LATER })
