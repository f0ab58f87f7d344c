import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createGitHost } from '../../src/adapters/git/bare/create-git-host.ts'
import { createLocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import type { LocalForge } from '../../src/adapters/local-forge/create-local-forge.ts'
import { createNodeClock, createNodeRandom } from '../../src/adapters/node/node-clock.ts'
import { initRepository } from '../../src/app/cli/init-repository.ts'
import { runIssue } from '../../src/app/cli/run-issue.ts'
import { openScenarioRoom, writeFiles } from '../support/floor.ts'
import type { ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import type { RoleModel } from '../support/role-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const NAME = 'acme/widget'
const TOKENS = { alice: 'ghp_alice', rita: 'ghp_rita' }

let room: ScenarioRoom
let count = 0
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

interface Terminal {
  readonly forge: LocalForge
  readonly root: string
  text(): string
  run(model: RoleModel, options?: { token?: string; interrupted?: Promise<void> }): Promise<boolean>
  close(): Promise<void>
}

async function openTerminal(): Promise<Terminal> {
  const root = join(room.root, `token-${(count += 1)}`)
  await mkdir(root)
  await chmod(root, 0o711)
  // As a sandbox that is made for the run leaves it.
  await mkdir(join(root, 'state'), { mode: 0o711 })
  const forge = await createLocalForge({
    gitHost: createGitHost({ root: join(root, 'forge') }),
    clock: createNodeClock(),
    random: createNodeRandom(),
    users: [
      { login: 'acme', type: 'Organization' },
      { login: 'alice', name: 'Alice', token: TOKENS.alice },
      { login: 'rita', token: TOKENS.rita },
    ],
    repositories: [
      {
        owner: 'acme',
        name: 'widget',
        folder: await writeFiles(join(root, 'seed'), SMALL_REPOSITORY),
        collaborators: { alice: 'write', rita: 'read' },
      },
    ],
  })
  const written: string[] = []
  return {
    forge,
    root,
    text: () => written.join(''),
    run: (model, { token = TOKENS.alice, interrupted = new Promise<void>(() => undefined) } = {}) =>
      runIssue({
        repository: { owner: 'acme', name: 'widget' },
        number: 1,
        token,
        apiUrl: forge.url,
        webUrl: forge.url,
        secret: undefined,
        model: { name: 'claude-sonnet-5-5', apiKey: 'k', baseUrl: model.url, source: 'live' },
        stateRoot: join(root, 'state'),
        kit: room.kit,
        screen: { write: (text) => void written.push(text), live: false, now: () => Date.now() },
        interrupted,
        paced: false,
        everyMs: 50,
      }),
    close: () => forge.close(),
  }
}

async function withTerminal(
  scripts: Parameters<typeof startRoleModel>[0],
  story: (terminal: Terminal, model: RoleModel) => Promise<void>,
) {
  const model = await startRoleModel(scripts)
  const terminal = await openTerminal()
  try {
    terminal.forge.as('alice').openIssue(NAME, SMALL_ISSUE)
    await story(terminal, model)
  } finally {
    await terminal.close()
    await model.close()
  }
}

const bodyOf = (forge: LocalForge, number: number): string => forge.repo(NAME).issues.get(number)?.body ?? ''

describe('mill run with a token', () => {
  it(
    'takes an issue to a draft pull request, with a status in place of the check run, and says so',
    async () => {
      await withTerminal(HONEST_WORK, async (terminal, model) => {
        expect(await terminal.run(model)).toBe(true)
        const { forge } = terminal
        const pull = forge.repo(NAME).issues.get(2)
        expect(pull?.pull).toMatchObject({ draft: true, merged: undefined })
        expect(pull?.author.account.login).toBe('alice')
        expect(
          forge
            .repo(NAME)
            .issues.get(1)
            ?.labels.map(({ name }) => name),
        ).toEqual(['millwright'])
        const sent = forge.requests.filter(({ method }) => method !== 'GET').map(({ path }) => path)
        expect(sent.filter((path) => path.includes('check-runs'))).toEqual([])
        expect(sent.filter((path) => path.includes('/statuses/'))).toHaveLength(1)
        expect(bodyOf(forge, 2)).toContain('commit status')
        expect(terminal.text()).toContain(`Draft pull request: ${forge.url}/acme/widget/pull/2`)
      })
    },
    MINUTES,
  )

  it(
    'hears a command that the same person types on the issue',
    async () => {
      await withTerminal({ ...HONEST_WORK, architect: [{ hang: true }] }, async (terminal, model) => {
        const done = terminal.run(model)
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        terminal.forge.as('alice').comment(NAME, 1, '/mill stop')
        expect(await done).toBe(false)
        await model.hungUp
        expect(terminal.text()).toContain('The run is stopped')
        expect(terminal.forge.repo(NAME).issues.get(1)?.comments[0]?.body).toContain(
          'alice stopped this run.',
        )
      })
    },
    MINUTES,
  )

  it(
    'stops on Ctrl-C, and the issue says so',
    async () => {
      await withTerminal({ ...HONEST_WORK, architect: [{ hang: true }] }, async (terminal, model) => {
        let interrupt = (): void => undefined
        const interrupted = new Promise<void>((resolve) => (interrupt = resolve))
        const done = terminal.run(model, { interrupted })
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        interrupt()
        expect(await done).toBe(false)
        expect(terminal.forge.repo(NAME).issues.get(1)?.comments[0]?.body).toContain('### 🛑 Stopped')
      })
    },
    MINUTES,
  )

  it(
    'says what a token lacks before anything is paid for',
    async () => {
      await withTerminal({}, async (terminal, model) => {
        await expect(terminal.run(model, { token: TOKENS.rita })).rejects.toThrow(
          'rita, whose token this is, may not push to acme/widget. It takes write permission there.',
        )
        await expect(terminal.run(model, { token: 'ghp_nobody' })).rejects.toThrow('GitHub')
        expect(model.asked).toEqual([])
        expect(terminal.forge.repo(NAME).issues.get(1)?.comments).toEqual([])
      })
    },
    MINUTES,
  )

  it(
    'ends with the reason where nothing can begin, and does not wait for ever',
    async () => {
      await withTerminal({}, async (terminal, model) => {
        const refused = { message: 'Resource not accessible by personal access token', documentation_url: '' }
        terminal.forge.fault({
          method: 'POST',
          path: /issues\/1\/reactions$/,
          status: 403,
          body: refused,
        })
        await expect(terminal.run(model)).rejects.toThrow('Issues: write')
        expect(terminal.forge.repo(NAME).issues.get(1)?.comments).toEqual([])
      })
    },
    MINUTES,
  )
})

describe('mill init', () => {
  it(
    'opens one pull request with form and config, once, and leaves alone what is there',
    async () => {
      const terminal = await openTerminal()
      try {
        const { forge } = terminal
        const options = {
          repository: { owner: 'acme', name: 'widget' },
          token: TOKENS.alice,
          apiUrl: forge.url,
          webUrl: forge.url,
          paced: false,
        }
        expect(await initRepository(options)).toBe(
          `Opened ${forge.url}/acme/widget/pull/1\nIt adds .github/millwright.yml, .github/millwright.schema.json and .github/ISSUE_TEMPLATE/millwright.yml. Merge it when you like what it says.`,
        )
        expect(await initRepository(options)).toBe(
          `There is a pull request for this already: ${forge.url}/acme/widget/pull/1`,
        )
        await forge.as('alice').merge(NAME, 1)
        expect(await initRepository(options)).toBe(
          'acme/widget has .github/millwright.yml, .github/millwright.schema.json and .github/ISSUE_TEMPLATE/millwright.yml already; nothing to do.',
        )
      } finally {
        await terminal.close()
      }
    },
    MINUTES,
  )
})
