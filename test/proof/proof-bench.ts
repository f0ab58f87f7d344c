/** A real prover over real git and a real sandbox, and small repositories for it to judge. */
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { createBubblewrapSandbox } from '../../src/adapters/sandbox/create-bubblewrap-sandbox.ts'
import { findToolchain } from '../../src/adapters/sandbox/find-toolchain.ts'
import { sandboxOwner } from '../../src/adapters/sandbox/state-folder.ts'
import type { CriterionTest, LockedTests } from '../../src/core/evidence.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { Log } from '../../src/ports/log.ts'
import { SILENT } from '../../src/ports/progress.ts'
import type { Commands, ProofContext, Prover } from '../../src/ports/proof.ts'
import type { CommandResult, Sandbox, SandboxSpec } from '../../src/ports/sandbox.ts'
import type { Workspace } from '../../src/ports/workspace.ts'
import { createProver } from '../../src/proof/create-prover.ts'
import type { ClosableProver } from '../../src/proof/create-prover.ts'
import { createSource } from '../adapters/git/source-repository.ts'
import type { Content, Source } from '../adapters/git/source-repository.ts'

export type Files = Readonly<Record<string, string | null>>

const QUIET: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** A sandbox that counts what it runs, so that tests can see what was installed and how often suites ran. */
interface CountingSandbox extends Sandbox {
  /** The next runs find these in `FLAKE`, one each: how a test here comes to waver exactly when it is to. */
  flakes: string[]
  readonly runs: { readonly command: string; readonly spec: SandboxSpec; readonly result: CommandResult }[]
}

function counting(sandbox: Sandbox): CountingSandbox {
  const runs: CountingSandbox['runs'] = []
  const counted: CountingSandbox = {
    ...sandbox,
    runs,
    flakes: [],
    run: async (command, spec, options) => {
      const env = { ...spec.env, FLAKE: counted.flakes.shift() ?? '' }
      const result = await sandbox.run(command, { ...spec, env }, options)
      runs.push({ command, spec, result })
      return result
    },
  }
  return counted
}

export interface Repository {
  readonly workspace: Workspace
  readonly base: string
  context(changes?: Partial<Commands>): Promise<ProofContext>
  /** Locks tests: base plus these files. */
  lock(files: Readonly<Record<string, string>>, tests: readonly CriterionTest[]): Promise<LockedTests>
  /** What the coder leaves: the locked commit plus these files; null deletes. */
  change(tests: LockedTests, files: Files): Promise<string>
}

export interface ProofBench {
  readonly prover: ClosableProver
  readonly sandbox: CountingSandbox
  readonly toolchain: Readonly<Record<string, string>>
  repository(files: Readonly<Record<string, Content>>): Promise<Repository>
  close(): Promise<void>
}

export async function openProofBench(): Promise<ProofBench> {
  const root = mkdtempSync(join(tmpdir(), 'proof-'))
  chmodSync(root, 0o711)
  const owner = sandboxOwner()
  const toolchain = await findToolchain({ path: process.env.PATH ?? '', home: homedir(), owner })
  const npmRegistry = process.env.npm_config_registry
  const sandbox = counting(
    createBubblewrapSandbox({
      stateRoot: join(root, 'sandbox'),
      owner,
      toolchain,
      node: process.execPath,
      passThrough: npmRegistry === undefined ? {} : { npmRegistry },
    }),
  )
  const prover = createProver({ sandbox, log: QUIET })
  const sources: Source[] = []
  return {
    prover,
    sandbox,
    toolchain: toolchain.found,
    repository: async (files) => {
      const source = createSource()
      sources.push(source)
      const workspaces = createWorkspaces({ root, remote: source.remote, sandbox, owner })
      const empty = source.commit({})
      source.commit(files)
      const { workspace, commit } = await workspaces.sync(
        { id: sources.length, owner: 'acme', name: `thing-${sources.length}` },
        'main',
      )
      return repositoryOf({ prover, workspace, base: commit, empty })
    },
    close: async () => {
      await prover.close()
      for (const folder of [root, ...sources.map((source) => source.folder)])
        rmSync(folder, { recursive: true, force: true })
    },
  }
}

function repositoryOf(parts: {
  prover: Prover
  workspace: Workspace
  base: string
  empty: string
}): Repository {
  const { prover, workspace, base, empty } = parts
  const withText = (onto: string, files: Files): Promise<string> =>
    workspace.withFiles(
      onto,
      Object.entries(files).flatMap(([path, text]) =>
        text === null ? [] : [{ path, content: new TextEncoder().encode(text) }],
      ),
    )
  return {
    workspace,
    base,
    context: async (changes = {}) => {
      const detected = await prover.detect(workspace, base, {})
      if ('problem' in detected) throw new Error(detected.problem)
      const commands = { ...detected.commands, ...changes }
      return { workspace, base, commands, signal: new AbortController().signal, progress: SILENT }
    },
    lock: async (files, tests) => ({
      tests: [...tests],
      files: Object.entries(files).map(([path, text]) => ({
        path,
        sha256: createHash('sha256').update(text).digest('hex'),
      })),
      commit: await withText(base, files),
    }),
    change: async (tests, files) => {
      const deleted = Object.keys(files).filter((path) => files[path] === null)
      return workspace.graft(await withText(tests.commit, files), empty, deleted)
    },
  }
}

/** A plan with one criterion, C1, proved by a test. */
export function planOf(changes: Partial<Plan> & { introduces?: string } = {}): Plan {
  const { introduces, ...rest } = changes
  return {
    title: 'Clamp numbers to a range',
    problem: 'Numbers leave their range.',
    approach: 'Compare with both ends.',
    criteria: [{ id: 'C1', text: 'It clamps.', proof: { kind: 'test', introduces: introduces ?? null } }],
    files: [{ path: 'lib.js', change: 'edit', why: 'it is wrong' }],
    risk: 'low',
    risks: [],
    test_strategy: 'node:test',
    out_of_scope: [],
    ...rest,
  }
}
