/** How much memory a process and all its descendants hold, read from /proc. */
import { readFile, readdir } from 'node:fs/promises'

/**
 * Resident anonymous and shared memory of the tree under `root`, in kilobytes. Pages that only mirror files (program
 * text) are left out: the kernel takes them back by itself, and every copy of Node would count them again.
 */
export async function treeMemoryKb(root: number): Promise<number> {
  const children = new Map<number, number[]>()
  const held = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // A process that ended meanwhile holds nothing.
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '')
    const parent = field(status, 'PPid')
    held.set(Number(name), field(status, 'RssAnon') + field(status, 'RssShmem'))
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  let sum = 0
  const pending = [root]
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    sum += held.get(pid) ?? 0
    pending.push(...(children.get(pid) ?? []))
  }
  return sum
}

function field(status: string, name: string): number {
  const at = status.indexOf(`\n${name}:`)
  return at < 0 ? 0 : Number.parseInt(status.slice(at + name.length + 2), 10)
}
