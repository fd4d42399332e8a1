import createClient from 'openapi-fetch'
import type { paths } from './schema'
import type { Whole } from './types'
import { Problem, problemOf } from './problem'
import { addressOf } from './quiet'

/** What the shell does when the server says that a person is needed again. Set once by main.ts. */
export interface Doorkeeper {
  /** Asks for the second factor; true when it was given and the request may be repeated. */
  stepUp(): Promise<boolean>
  /** The session is gone. */
  signedOut(): void
  /** Any answer at all came (or none did). */
  reached(online: boolean, date?: string | null): void
  language(): string
  words: { offline: string }
}

let doorkeeper: Doorkeeper | null = null

export function setDoorkeeper(keeper: Doorkeeper): void {
  doorkeeper = keeper
}

function ours(request: Request): Request {
  const headers = new Headers(request.headers)
  headers.set('Accept-Language', doorkeeper?.language() ?? 'zh')
  const address = addressOf(request)
  return new Request(address === request.url ? request : new Request(address, request), { headers })
}

async function send(request: Request): Promise<Response> {
  try {
    const response = await fetch(ours(request))
    doorkeeper?.reached(true, response.headers.get('Date'))
    return response
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    doorkeeper?.reached(false)
    throw new Problem({ status: 0, code: 'offline', message: doorkeeper?.words.offline ?? 'offline' })
  }
}

const opensItself = /\/(sign-in|session\/step-up|first-administrator|enrolment)/

/** fetch with the two answers that need a person: step-up (ask, then repeat once) and signed out. */
export async function courier(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await send(request)
  if (response.ok || response.status === 304) return response
  const problem = await problemOf(response)
  if (problem.status === 401 && !opensItself.test(new URL(request.url).pathname)) {
    if (problem.code === 'step-up-needed') {
      if (await doorkeeper?.stepUp()) return courierOnce(again)
    } else if (problem.code === 'sign-in-needed') {
      doorkeeper?.signedOut()
    }
  }
  throw problem
}

async function courierOnce(request: Request): Promise<Response> {
  const response = await send(request)
  if (!response.ok) throw await problemOf(response)
  return response
}

/** The generated client. Failures are thrown as Problem, so `data` is always there. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: courier })

/** The body of an answer; for 204 there is none. */
export async function body<D>(answer: Promise<{ data?: D }>): Promise<Whole<D>> {
  return (await answer).data as Whole<D>
}

/** The body of an answer whose shape the document leaves open (WebAuthn's own JSON). */
export async function open(answer: Promise<{ data?: unknown }>): Promise<Record<string, unknown>> {
  return (await answer).data as Record<string, unknown>
}
