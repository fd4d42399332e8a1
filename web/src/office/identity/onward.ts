import type { SessionState } from '@/api/types'

/** Where to go after a step of signing in; `next` only ever inside this site. */
export function onward(state: SessionState, next: unknown): string | null {
  if (state.stage === 'full') return insideOnly(next)
  if (state.stage === 'set_up') return `/set-up${next ? `?next=${encodeURIComponent(insideOnly(next))}` : ''}`
  return null
}

export function insideOnly(next: unknown): string {
  const path = typeof next === 'string' ? next : ''
  return /^\/(?![/\\])/.test(path) && !path.startsWith('/sign-in') ? path : '/'
}
