/** Attributes that outrank a repository's own `.gitattributes`: bytes go in and out of git exactly as they are. */

/**
 * For `info/attributes`, which has the highest precedence. No line-ending conversion, no `$Id$`, no clean or smudge
 * filter, no re-encoding: otherwise the tree that is tested is not the tree that is published, and a filter is a command.
 * Merges are git's own three-way ones, with markers of seven characters: a driver named here could be `union`, which
 * never conflicts, and leftover markers of another size would go unseen. `diff` is left alone: a driver needs config,
 * which nobody but us can write.
 */
export const RAW_ATTRIBUTES =
  '* -text !eol -ident !filter !working-tree-encoding !merge !conflict-marker-size\n'
