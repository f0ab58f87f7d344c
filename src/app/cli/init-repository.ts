/** `mill init owner/repo`: a pull request with an issue form and a commented config; what is there already stays. */
import { readFile } from 'node:fs/promises'
import { openTokenForge } from '../../adapters/github/token-forge.ts'
import type { TokenForgeOptions } from '../../adapters/github/token-forge.ts'
import { CONFIG_LIMIT, CONFIG_PATH } from '../../ports/config.ts'

const FORM_PATH = '.github/ISSUE_TEMPLATE/millwright.yml'
const BRANCH = 'millwright-setup'

const FILES = [
  {
    path: CONFIG_PATH,
    source: 'templates/millwright.yml',
    what: 'the config, in which every setting is explained',
  },
  {
    path: '.github/millwright.schema.json',
    source: 'docs/millwright.schema.json',
    what: 'what editors need to complete and check it',
  },
  {
    path: FORM_PATH,
    source: 'templates/issue-form.yml',
    what: 'an issue form that asks for what a plan needs',
  },
] as const

async function ourFile(path: string): Promise<string> {
  return readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
}

/** What was done, as a sentence or two. Throws UserError where the token may not. */
export async function initRepository(options: TokenForgeOptions): Promise<string> {
  const opened = await openTokenForge(options)
  const { forge, repo } = opened
  const name = `${repo.owner}/${repo.name}`
  const files: { path: string; text: string; what: string }[] = []
  for (const { path, source, what } of FILES) {
    const there = await forge.issues.textFile(repo, { path, ref: 'HEAD', limit: CONFIG_LIMIT })
    if (there === undefined) files.push({ path, text: await ourFile(source), what })
  }
  if (files.length === 0) return `${name} has ${namesOf(FILES)} already; nothing to do.`
  const list = files.map(({ path, what }) => `- \`${path}\`: ${what}`).join('\n')
  const { url, known } = await opened.propose({
    branch: BRANCH,
    title: 'Set up Millwright',
    body: `This adds:\n\n${list}\n\nNothing changes until somebody with write access adds the label to an issue. What is in the config is what holds without it; change what you need, and delete the rest.`,
    files,
  })
  return known
    ? `There is a pull request for this already: ${url}`
    : `Opened ${url}\nIt adds ${namesOf(files)}. Merge it when you like what it says.`
}

function namesOf(files: readonly { readonly path: string }[]): string {
  const paths = files.map(({ path }) => path)
  return paths.length < 2 ? paths.join('') : `${paths.slice(0, -1).join(', ')} and ${paths.at(-1)}`
}
