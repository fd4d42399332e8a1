/** A failure the server told in words (RFC 9457): what was wrong, with which value, what to do, and a reference for the log. */
export interface FieldProblem {
  name: string
  message: string
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly reference: string | null
  readonly fields: FieldProblem[]
  readonly retryAfter: number | null

  constructor(given: { status: number; code: string; message: string; reference?: string | null; fields?: FieldProblem[]; retryAfter?: number | null }) {
    super(given.message)
    this.name = 'Problem'
    this.status = given.status
    this.code = given.code
    this.reference = given.reference ?? null
    this.fields = given.fields ?? []
    this.retryAfter = given.retryAfter ?? null
  }

  /** The sentence for one field, by its name or the end of its dotted path. */
  field(name: string): string | undefined {
    return this.fields.find((field) => field.name === name || field.name.endsWith(`.${name}`))?.message
  }
}

/** True when nothing was reached at all: offline, or the server is down. */
export function isOffline(error: unknown): boolean {
  return error instanceof Problem && error.status === 0
}

interface Wire {
  code?: string
  title?: string
  detail?: unknown
  reference?: string
  fields?: FieldProblem[]
}

export async function problemOf(response: Response): Promise<Problem> {
  const wire = ((await response.clone().json().catch(() => null)) ?? {}) as Wire
  const retry = Number(response.headers.get('Retry-After'))
  return new Problem({
    status: response.status,
    code: wire.code ?? `http-${response.status}`,
    message: (typeof wire.detail === 'string' && wire.detail) || wire.title || `${response.status} ${response.statusText}`.trim(),
    reference: wire.reference ?? response.headers.get('X-Request-Id'),
    fields: wire.fields ?? [],
    retryAfter: Number.isFinite(retry) && retry > 0 ? retry : null,
  })
}
