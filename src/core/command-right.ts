/** Who may say a command: what a right asks for, against what somebody has in the repository now. */

/** Everybody who can comment; people with write permission now; admins. */
export type CommandRight = 'anyone' | 'write' | 'admin'
/** The forge's four classes: maintain counts as write, triage as read. */
type Class = 'admin' | 'write' | 'read' | 'none'

export function suffices(permission: Class, right: CommandRight): boolean {
  if (right === 'anyone' || permission === 'admin') return true
  return right === 'write' && permission === 'write'
}
