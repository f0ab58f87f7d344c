/** The script that lists what changed in a checkout. It runs inside a fresh sandbox and needs bash, git and coreutils. */

export interface SnapshotLimits {
  /** Changed or new files. */
  readonly files: number
  /** Bytes of all their contents together. */
  readonly bytes: number
}

/**
 * Two files go to stdout as base64 between a first and a last line: git's raw records of what differs from HEAD, and the
 * contents in `git cat-file --batch` form. New blobs go to a throw-away object folder, since `.git` is read-only.
 *
 * Counted and measured before anything is read, so that a forgotten `node_modules` costs a sentence and not the memory.
 * Nothing here guards the app: whatever comes out is checked again by readSnapshot. This only has to be right for a
 * checkout that nobody tampered with.
 */
export function snapshotScript(limits: SnapshotLimits): string {
  return `set -u -o pipefail
export LC_ALL=C HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
export GIT_NO_REPLACE_OBJECTS=1 GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0
export GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD"
refuse() { printf 'refused %s\\n' "$1"; exit 0; }
command -v git >/dev/null || refuse no_git
t=$(mktemp -d) || refuse no_temporary_folder
trap 'rm -rf "$t"' EXIT
export GIT_INDEX_FILE="$t/index" GIT_ALTERNATE_OBJECT_DIRECTORIES="$GIT_DIR/objects" GIT_OBJECT_DIRECTORY="$t/objects"
mkdir "$t/objects" && cp -p "$GIT_DIR/index" "$t/index" || refuse no_index
g() { git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.untrackedCache=false \\
  -c core.excludesFile=/dev/null -c core.attributesFile=/dev/null "$@"; }
g ls-files -z --modified --others --exclude-standard >"$t/paths" || refuse listing_failed
count=$(tr -cd '\\000' <"$t/paths" | wc -c)
[ "$count" -le ${limits.files} ] || refuse "too_many_files $count"
if [ "$count" -gt 0 ]; then
  while IFS= read -r -d '' path; do case "$path" in */) refuse nested_repository ;; esac; done <"$t/paths"
  bytes=$(du --apparent-size --block-size=1 --count-links --total --files0-from="$t/paths" 2>/dev/null | tail -n 1 | cut -f 1)
  [ "\${bytes:-0}" -le ${limits.bytes} ] || refuse "too_many_bytes $bytes"
fi
g add --all >/dev/null || refuse unreadable_file
g diff-index --cached --raw -z --no-renames --full-index HEAD >"$t/raw" || refuse comparing_failed
while IFS= read -r -d '' record && IFS= read -r -d '' path; do
  set -- $record
  case "$2" in 100644|100755|120000) printf '%s\\n' "$4" ;; esac
done <"$t/raw" >"$t/ids"
g cat-file --batch <"$t/ids" >"$t/blobs" || refuse reading_failed
printf 'snapshot 1\\n'
base64 -w 0 <"$t/raw"
printf '\\n'
base64 -w 0 <"$t/blobs"
printf '\\nend\\n'
`
}
