/** The pages of set-up: what to answer, what GitHub will be asked, what was written and what comes next. */
import { readFileSync } from 'node:fs'
import { Html, html } from '../../../core/html.ts'
import { DEFAULT_CONFIG } from '../../../core/config.ts'
import { readAppManifest } from '../../app-manifest.ts'
import type { Answers, Choice, ReadAnswers } from './form.ts'
import type { Manifest, NewApp } from './manifest.ts'

const STYLE = new Html(readFileSync(new URL('./set-up.css', import.meta.url), 'utf8'))
const STEPS = ['Where it runs', 'Create it on GitHub', 'Install it']

/** A mill's wheel: a ring, a hub, eight paddles. */
const WHEEL = html`<svg
  viewBox="0 0 24 24"
  fill="none"
  stroke="currentColor"
  stroke-width="2"
  stroke-linecap="round"
  aria-hidden="true"
>
  <circle cx="12" cy="12" r="7" />
  <circle cx="12" cy="12" r="1.5" />
  <path
    d="M12 1.5v4M12 18.5v4M1.5 12h4M18.5 12h4M4.6 4.6l2.8 2.8M16.6 16.6l2.8 2.8M19.4 4.6l-2.8 2.8M7.4 16.6l-2.8 2.8"
  />
</svg>`

function frame(title: string, step: number | undefined, body: Html): Html {
  const steps = STEPS.map((name, index) => {
    const kind = step === undefined || index > step ? '' : index === step ? 'now' : 'past'
    return html`<li class="${kind}"><span>${index + 1}. </span>${name}</li>`
  })
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Millwright</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>
          <div class="mark">${WHEEL}Millwright</div>
          ${
            step === undefined
              ? undefined
              : html`<ol class="steps">
                  ${steps}
                </ol>`
          }
          ${body}
        </main>
      </body>
    </html> `
}

interface Field {
  readonly name: keyof Answers
  readonly label: string
  readonly hint: Html
  readonly placeholder?: string
  readonly type?: 'password' | 'url'
}

export interface FormParts {
  readonly answers: Answers
  readonly mistakes: Extract<ReadAnswers, { ok: false }>['mistakes']
  /** Where webhooks must be forwarded to. */
  readonly local: string
  readonly hasApiKey: boolean
}

export function formPage({ answers, mistakes, local, hasApiKey }: FormParts): Html {
  const fields: Field[] = [
    {
      name: 'address',
      label: 'Public address of this machine',
      hint: html`GitHub sends webhooks there. A reverse proxy has such an address; otherwise a tunnel gives
        you one in a minute. Either forwards to <code>${local}</code>.
        <code class="line">cloudflared tunnel --url ${local}</code>`,
      placeholder: 'https://mill.example.com',
      type: 'url',
    },
    {
      name: 'organization',
      label: 'Organization',
      hint: html`Who will own the App. Leave it empty for your own account.`,
      placeholder: 'your own account',
    },
    {
      name: 'github',
      label: 'GitHub',
      hint: html`Change it only for GitHub Enterprise: the address that you open in a browser.`,
      type: 'url',
    },
    {
      name: 'apiKey',
      label: 'Anthropic API key',
      hint: hasApiKey
        ? html`There is one already; leave this empty to keep it.`
        : html`From <a href="https://platform.claude.com/settings/keys">platform.claude.com</a>. It is written
            to the file beside the App's key and sent to nobody else. You can also add it later.`,
      type: 'password',
    },
  ]
  return frame(
    'Set up',
    0,
    html`<h1>Create your GitHub App</h1>
      <p class="soft">
        Millwright works as a GitHub App of your own: its key stays on this machine, and you choose the
        repositories. Two clicks here, two on GitHub.
      </p>
      <form class="card" method="post" action="/set-up">
        ${fields.map((field) => inputOf(field, answers[field.name], mistakes[field.name]))}
        <button>Continue</button>
      </form>`,
  )
}

function inputOf(
  { name, label, hint, placeholder, type }: Field,
  value: string,
  mistake: string | undefined,
): Html {
  const invalid =
    mistake === undefined ? undefined : html` aria-invalid="true" aria-describedby="${name}-mistake"`
  return html`<div class="field">
    <label for="${name}">${label}</label><span class="hint">${hint}</span>
    <input
      id="${name}"
      name="${name}"
      type="${type ?? 'text'}"
      value="${type === 'password' ? '' : value}"
      placeholder="${placeholder ?? ''}"
      autocomplete="off"
      spellcheck="false"
      ${invalid}
    />
    ${mistake === undefined ? undefined : html`<p class="mistake" id="${name}-mistake">${mistake}</p>`}
  </div>`
}

export function confirmPage(choice: Choice, to: { action: string; manifest: Manifest }): Html {
  const { permissions, events } = readAppManifest()
  const named = (level: string) =>
    Object.entries(permissions)
      .filter(([, has]) => has === level)
      .map(([name]) => name.replaceAll('_', ' '))
      .join(', ')
  return frame(
    'Create it on GitHub',
    1,
    html`<h1>GitHub will ask you to confirm</h1>
      <p class="soft">Nothing is created before you press its button.</p>
      <div class="card">
        <dl>
          <dt>Name</dt>
          <dd>
            ${to.manifest.name}: you can change it there. Is it taken? Go back, continue again, and it gets
            another
          </dd>
          <dt>Owner</dt>
          <dd>${choice.organization ?? 'your own account'}, private: only there can it be installed</dd>
          <dt>On</dt>
          <dd>${choice.urls.webUrl}</dd>
          <dt>Webhooks</dt>
          <dd><code>${choice.webhookUrl}</code></dd>
          <dt>May write</dt>
          <dd>${named('write')}</dd>
          <dt>May read</dt>
          <dd>${named('read')}</dd>
          <dt>Never</dt>
          <dd>workflows: it can't change what runs in your CI</dd>
          <dt>Is told of</dt>
          <dd>${events.map((event) => event.replaceAll('_', ' ')).join(', ')}</dd>
        </dl>
        <form method="post" action="${to.action}">
          <input type="hidden" name="manifest" value="${JSON.stringify(to.manifest)}" />
          <button>Continue on GitHub</button> <a class="back" href="/">Back</a>
        </form>
      </div>`,
  )
}

export interface Done {
  readonly app: NewApp
  readonly file: string
  readonly written: readonly string[]
  readonly replaced: readonly string[]
  readonly hasApiKey: boolean
}

export function donePage({ app, file, written, replaced, hasApiKey }: Done): Html {
  const key = html`<li>
    Add <code>ANTHROPIC_API_KEY</code> to the file, then run <code>npm start</code> again.
  </li>`
  return frame(
    'Install it',
    2,
    html`<h1>${app.name} is yours</h1>
      <div class="card">
        <p>Written to <code>${file}</code>, which only you can read: ${written.join(', ')}.</p>
        ${replaced.length === 0 ? undefined : html`<p class="mistake">It held ${replaced.join(', ')} already: the old values are still there, as comments.</p>`}
        <ol class="next">
          <li>
            Choose the repositories:<br /><a class="button" href="${app.page}/installations/new"
              >Install it on GitHub</a
            >
          </li>
          ${hasApiKey ? undefined : key}
          <li>Put the label <code>${DEFAULT_CONFIG.label}</code> on an issue.</li>
        </ol>
        <p class="soft">
          ${hasApiKey ? 'The terminal shows the App starting now; this page is not needed any more.' : 'This page is not needed any more.'}
        </p>
      </div>`,
  )
}

/** One sentence, and where to go from there. */
export function sentencePage(
  title: string,
  sentence: string,
  link?: { readonly to: string; readonly text: string },
): Html {
  const way =
    link === undefined ? undefined : html`<p><a class="button" href="${link.to}">${link.text}</a></p>`
  return frame(
    title,
    undefined,
    html`<h1>${title}</h1>
      <div class="card">
        <p>${sentence}</p>
        ${way}
      </div>`,
  )
}
