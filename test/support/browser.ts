/** A browser without a screen: follows links and forms by plain HTTP, keeps cookies per origin, obeys redirects by hand. */

export interface Visit {
  readonly status: number
  readonly url: string
  readonly text: string
  /** Text as people read it: no tags, no style, one space for many. */
  readonly words: string
  readonly location: string | undefined
  readonly headers: Headers
  forms(): readonly Form[]
}

interface Form {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly button: string
}

export interface Browser {
  open(url: string, options?: { method?: string; headers?: Record<string, string> }): Promise<Visit>
  submit(form: Form, fields?: Readonly<Record<string, string>>): Promise<Visit>
}

export function openBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: string) => {
    const { origin } = new URL(url)
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const ask = async (
    url: string,
    init: { method: string; body?: URLSearchParams; headers?: Record<string, string> },
  ): Promise<Visit> => {
    const jar = jarOf(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...init.headers }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=')
      jar.set(name, value)
    }
    const to = response.headers.get('location')
    const location = to === null ? undefined : new URL(to, url).href
    return visit({ url, response, text: await response.text(), location })
  }
  return {
    open: (url, options = {}) => ask(url, { method: 'GET', ...options }),
    submit: (form, fields = {}) =>
      ask(form.action, { method: 'POST', body: new URLSearchParams({ ...form.fields, ...fields }) }),
  }
}

function visit(parts: {
  url: string
  response: Response
  text: string
  location: string | undefined
}): Visit {
  const { url, response, text, location } = parts
  const words = unescaped(
    text
      .replace(/<style>[\s\S]*?<\/style>/, '')
      .replace(/<title>[\s\S]*?<\/title>/, '')
      .replaceAll(/<[^>]*>/g, ' '),
  )
  return {
    status: response.status,
    url,
    text,
    words: words.replaceAll(/\s+/g, ' ').trim(),
    location,
    headers: response.headers,
    forms: () =>
      [...text.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', body = '']) =>
        formOf(url, head, body),
      ),
  }
}

function formOf(url: string, head: string, body: string): Form {
  const inputs = [...body.matchAll(/<input([^>]*)>/g)].map(([, attributes = '']) => attributes)
  const wanted = inputs.filter((text) => !/type="(checkbox|radio)"/.test(text) || /\bchecked\b/.test(text))
  return {
    action: new URL(attribute(head, 'action'), url).href,
    fields: Object.fromEntries(wanted.map((text) => [attribute(text, 'name'), attribute(text, 'value')])),
    button: unescaped(/<button>([\s\S]*?)<\/button>/.exec(body)?.[1] ?? '').trim(),
  }
}

function attribute(text: string, name: string): string {
  return unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '')
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
