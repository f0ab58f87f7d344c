/** The machine that figures are of: without it they mean nothing. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { quantile, rounded } from './figures.ts'
import type { Circumstances, Machine } from './results.ts'

export function machine(): Machine {
  const cores = cpus()
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.version,
  }
}

/** `load` as it was before anything of the bench ran. */
export function circumstances(load: number): Circumstances {
  return { at: new Date().toISOString(), load, syncMs: syncMs() }
}

export function load(): number {
  return rounded(loadavg()[0] ?? Number.NaN)
}

const SYNCS = 200
/** As PostgreSQL writes its log: page by page. Bytes. */
const PAGE = 8192

/** Milliseconds until the disk says that a page is safe. Nothing that is stored before it is acknowledged is faster. */
function syncMs(): Circumstances['syncMs'] {
  const path = join(tmpdir(), `mw-bench-sync-${process.pid}`)
  const file = openSync(path, 'w')
  try {
    const page = Buffer.alloc(PAGE, 1)
    const times = Array.from({ length: SYNCS }, (_, index) => {
      writeSync(file, page, 0, PAGE, (index % 100) * PAGE)
      const began = performance.now()
      fdatasyncSync(file)
      return performance.now() - began
    })
    return { p50: rounded(quantile(times, 0.5)), p99: rounded(quantile(times, 0.99)) }
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
