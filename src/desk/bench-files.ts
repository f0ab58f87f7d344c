/** The files of a bench: kept after a turn, and put back when an attempt goes on where another one ended. */
import type { ObjectId } from '../core/ids.ts'
import type { KeptFiles, ToolFiles } from '../ports/tools.ts'
import type { Checkout, Workspace } from '../ports/workspace.ts'

interface BenchPlace {
  readonly workspace: Workspace
  readonly checkout: Checkout
  readonly run: string
  /** What is there before the agent begins. */
  readonly start: ObjectId
}

/**
 * While an agent's turns are replayed nothing is written: the bench only knows where it would be. The checkout is
 * brought there by the first call that really runs, so a replay costs no more than reading it.
 */
export class BenchFiles implements ToolFiles {
  readonly #place: BenchPlace
  #start: ObjectId
  /** Where the files should be and are not yet. */
  #due: ObjectId | undefined
  /** What the run's ref reaches already. */
  readonly #reached = new Set<ObjectId>()

  constructor(place: BenchPlace) {
    this.#place = place
    this.#start = place.start
  }

  /** What to compare with: setup may leave something else behind the second time, which is no change of the agent's. */
  get start(): ObjectId {
    return this.#start
  }

  async keep(): Promise<KeptFiles> {
    const { workspace, run } = this.#place
    const files = { start: this.#start, end: await this.snapshot('Kept') }
    if (!this.#reached.has(files.end)) {
      await workspace.keep(run, [files.start, files.end])
      this.#reached.add(files.end)
    }
    return files
  }

  async putBack(files: KeptFiles): Promise<boolean> {
    const { workspace } = this.#place
    if (!(await workspace.has(files.start, files.end))) return false
    this.#start = files.start
    this.#due = files.end
    return true
  }

  /** Before anything runs: brings the checkout to where the replayed turns left it. */
  async settle(): Promise<void> {
    if (this.#due === undefined) return
    const { workspace, checkout } = this.#place
    await workspace.putBack(checkout, this.#due)
    this.#due = undefined
  }

  async snapshot(message: string): Promise<ObjectId> {
    const { workspace, checkout } = this.#place
    if (this.#due !== undefined) return workspace.withTree(checkout.commit, this.#due, message)
    return workspace.snapshot(checkout, message)
  }
}
