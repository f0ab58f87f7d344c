/** Which names a tree may hold. Some file systems take other spellings for `.git`, and a file there is a command. */
import { repoPath } from '../../core/plan.ts'

/** Why a path cannot be an entry of a tree, as the end of a sentence; undefined when it can. */
export function nameProblem(path: string): string | undefined {
  if (!repoPath.safeParse(path).success) return 'is no path inside the repository'
  if (path.includes('\0')) return 'holds a NUL byte'
  if (path.split('/').some(isGitFolder))
    return 'lies in a `.git` folder, which is not part of the files of a repository'
  return undefined
}

/** `.git` as case-folding, Unicode-ignoring (HFS+) and short-name (NTFS) file systems would take it. */
export function isGitFolder(part: string): boolean {
  const folded = part
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[ .]+$/, '')
  return folded === '.git' || folded === 'git~1'
}
