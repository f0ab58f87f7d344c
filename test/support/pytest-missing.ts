/** Whether pytest can be tried on this machine. */
import { execFileSync } from 'node:child_process'

/** Why that Python cannot run pytest, or undefined when it can. */
export function pytestMissing(python: string): string | undefined {
  try {
    execFileSync(python, ['-m', 'pytest', '--version'], { stdio: 'pipe', env: { PATH: '/usr/bin' } })
    return undefined
  } catch (error) {
    return String(error)
  }
}
