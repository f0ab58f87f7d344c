/** The frame of the forge's few pages, plain on purpose: they stand in for GitHub's and are not meant to be them. */
import { readFileSync } from 'node:fs'
import { Html, html } from '../../../core/html.ts'

const STYLE = new Html(readFileSync(new URL('./page.css', import.meta.url), 'utf8'))

export function page(title: string, body: Html, login?: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <header>
          Local forge ${login === undefined ? undefined : html`<span>signed in as ${login}</span>`}
        </header>
        <main>${body}</main>
      </body>
    </html>`
}

export function answer(
  content: Html,
  options: { status?: number; cookie?: string | undefined } = {},
): Response {
  const headers = new Headers({ 'content-type': 'text/html; charset=utf-8' })
  if (options.cookie !== undefined) headers.set('set-cookie', options.cookie)
  return new Response(content.text, { status: options.status ?? 200, headers })
}

/** A page that says no, in one heading and a few sentences. */
export function refusal(status: number, title: string, sentences: readonly string[]): Response {
  const list = sentences.map((sentence) => html`<p class="problem">${sentence}</p>`)
  return answer(
    page(
      title,
      html`<h1>${title}</h1>
        ${list}`,
    ),
    { status },
  )
}
