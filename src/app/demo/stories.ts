/** The demo's stories: a real package at an exact version, and an issue as its user would write it. */

export interface Story {
  readonly name: string
  readonly owner: string
  readonly repository: string
  /** From the npm registry; the tarball's SHA-512 is checked. */
  readonly source: { readonly package: string; readonly version: string; readonly sha512: string }
  /** `.github/millwright.yml`, as the repository's admin would write it. */
  readonly config: string
  readonly issue: { readonly title: string; readonly body: string }
  /** File in `recordings/`. */
  readonly recording: string
}

const MINIMIST: Story = {
  name: 'minimist',
  owner: 'acme',
  repository: 'minimist',
  source: {
    package: 'minimist',
    version: '1.2.5',
    sha512:
      '14cf6735462b4410042d9413df179943b7e630e060ea758d989293720b0979a2ecb4ffd43835691acaf93a15e185783a7feaad27cba267e3d4c640d67202172f',
  },
  config: `# What Millwright may do here, and how this repository is tested.
trust:
  level: 2 # branch and draft pull request; people merge
commands:
  # Of the development dependencies the tests need only tape; npm test runs tap 0.4, which prints a summary, not TAP.
  setup: npm install --ignore-scripts --prefix /tmp/only tape@3.6.1 && mv /tmp/only/node_modules .
  test: npx tape 'test/*.js'
  report: tap
budget:
  per_issue_usd: 5
`,
  issue: {
    title: 'Short option with a URL loses everything after the second "="',
    body: `We pass a callback URL to our little CLI with a short option:

    $ mytool -u=https://example.com/cb?state=abc123

minimist gives us \`https://example.com/cb?state\`, so \`=abc123\` is gone. No error, it is just cut off.

    > require('minimist')(['-u=https://example.com/cb?state=abc123'])
    { _: [], u: 'https://example.com/cb?state' }

It works with the long form (\`--url=https://example.com/cb?state=abc123\`) and with a space (\`-u https://...\`), so I think only the short form with an equals sign is affected. Same for \`-e=KEY=VALUE\`, which gives \`KEY\`.

I would expect everything after the first \`=\` to be the value, as with long options. minimist 1.2.5, node 20.
`,
  },
  recording: 'minimist.json',
}

const SIDE_CHANNEL: Story = {
  name: 'side-channel',
  owner: 'acme',
  repository: 'side-channel',
  source: {
    package: 'side-channel',
    version: '1.0.6',
    sha512:
      '7c35bf119e90f5188ef1e146f078feeeefe85be5eb3d320287008e336fad87603a39b943b58608a6f7bd9be2af23d6780bda9211795a191e9b4c460745eba094',
  },
  config: `trust:
  level: 2
commands:
  # Of the many development dependencies the tests need only tape.
  setup: npm install --ignore-scripts --prefix /tmp/only call-bind@1 es-errors@1 get-intrinsic@1 object-inspect@1 tape@5.7.5 && mv /tmp/only/node_modules .
  test: npx tape 'test/**/*.js'
  report: tap
budget:
  per_issue_usd: 5
`,
  issue: {
    title: 'Please add a way to delete a key from the channel',
    body: `We keep per-request data in a side channel, keyed by strings (request ids), and there is no way to let go of an entry when a request is done. \`set(key, undefined)\` keeps the key, so \`has\` stays true and the map grows for ever.

It would be great to have \`channel.delete(key)\`, like \`Map\` and \`WeakMap\` have:

- returns \`true\` when the key was there, \`false\` when it was not (also on a fresh channel that never had any key)
- after it, \`has(key)\` is \`false\`, \`get(key)\` is \`undefined\`, \`assert(key)\` throws
- works for objects and for primitives

We use TypeScript, so please add it to the types too.
`,
  },
  recording: 'side-channel.json',
}

export const STORIES: readonly Story[] = [MINIMIST, SIDE_CHANNEL]

export function findStory(name: string): Story | undefined {
  return STORIES.find((story) => story.name === name)
}
