/** Refusals in GitHub's own shape and words. */

export interface FieldError {
  readonly resource: string
  readonly code: string
  readonly field?: string
  readonly message?: string
}

const DOCS = 'https://docs.github.com/rest'

/** Thrown anywhere below a route; the server turns it into the answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly errors: readonly FieldError[] | readonly string[] | undefined
  constructor(status: number, message: string, errors?: readonly FieldError[] | readonly string[]) {
    super(message)
    this.status = status
    this.errors = errors
  }
  get body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors && { errors: this.errors }),
      documentation_url: DOCS,
      status: String(this.status),
    }
  }
}

/** What was asked for is elsewhere. `to` is a path of the API; the server makes 301 of it, and 307 where it is no GET. */
export class MovedError extends ApiError {
  readonly to: string
  constructor(to: string) {
    super(301, 'Moved Permanently')
    this.to = to
  }
}

export const notFound = () => new ApiError(404, 'Not Found')
export const badCredentials = () => new ApiError(401, 'Bad credentials')
export const notForIntegration = () => new ApiError(403, 'Resource not accessible by integration')
export const notForToken = () => new ApiError(403, 'Resource not accessible by personal access token')
export const suspended = () => new ApiError(403, 'This installation has been suspended')
export const archived = () => new ApiError(403, 'Repository was archived so is read-only.')
export const emptyRepository = () => new ApiError(409, 'Git Repository is empty.')

/** 422 with one field error, the shape that clients look into. */
export function invalid(resource: string, field: string, why: { code?: string; message?: string } = {}) {
  const code = why.code ?? (why.message === undefined ? 'invalid' : 'custom')
  const error = { resource, code, field, ...(why.message !== undefined && { message: why.message }) }
  return new ApiError(422, 'Validation Failed', [error])
}

/** 422 for input that does not fit the route's schema at all. */
export const malformed = (detail: string) => new ApiError(422, `Invalid request.\n\n${detail}`)
export const unprocessable = (message: string) => new ApiError(422, message)
