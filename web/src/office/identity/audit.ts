import type { Answer } from '@/api/types'
import { listed } from '@/i18n'

export type AuditLine = Answer<'AuditLine'>
export type AuditDetail = Answer<'AuditDetail'>

/** Days chosen on the page are days of the city: the first from its 00:00, the last to its 24:00. */
export function instantsOf<A extends Record<string, string | undefined>>(asked: A): A {
  const at = (day: string | undefined, plus: number) => (day ? new Date(Date.parse(`${day}T00:00:00+08:00`) + plus * 86_400_000).toISOString() : undefined)
  return { ...asked, since: at(asked.since, 0), until: at(asked.until, 1) }
}

/** How the absence of a value is shown. */
export const nothing = '—'

/** A value of the trail as a person reads it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return nothing
  if (Array.isArray(value)) return listed(value.map(shown)) || nothing
  if (typeof value !== 'object') return String(value)
  return Object.entries(value).map(([name, one]) => `${name}: ${shown(one)}`).join('; ') || nothing
}

const CHOICES: Record<string, string> = { by: 'methods', scope: 'scopes', level: 'levels', kind: 'kinds' }

/** The key of the word for a code of the trail, where the field has a list of them. */
export function spoken(field: string, value: unknown): string | null {
  const words = CHOICES[field]
  return words && typeof value === 'string' ? `identity.${words}.${value}` : null
}
