import type { Answer } from '@/api/types'

export type Clock = Answer<'ClockLine'>
export type City = Answer<'CityOut'>
export type Figure = Answer<'FigureOut'>
export type Happening = Answer<'HappeningOut'>

export type When = 'overdue' | 'today' | 'week' | 'later' | 'waiting'
export const WHENS: When[] = ['overdue', 'today', 'week', 'later', 'waiting']
const DAY = 86_400_000

/** Where a duty stands in the list of what to do. `today` is the law's day, as 2026-11-20. */
export function whenOf(clock: Pick<Clock, 'status' | 'due_on' | 'remaining'>, today: string): When {
  if (clock.remaining.tone === 'late') return 'overdue'
  if (!clock.due_on || clock.status === 'stopped') return 'waiting'
  if (clock.due_on <= today) return 'today'
  return Date.parse(clock.due_on) - Date.parse(today) <= 7 * DAY ? 'week' : 'later'
}

const VERBS: [string, string][] = [['agreements.', 'answer'], ['gateway.', 'answer'], ['quality.', 'check'], ['catalogue.', 'review'], ['entities.', 'verify']]

/** What one goes to do about it: the key of the verb on its button. */
export const verbOf = (kind: string) => VERBS.find(([start]) => kind.startsWith(start))?.[1] ?? 'look'

/** A change against the period before, in words: points of a share, or a count. */
export function changeOf(figure: Pick<Figure, 'change' | 'figure'>): { words: string; tone?: 'green' | 'red' } {
  const change = figure.change
  if (change === null) return { words: '' }
  const amount = figure.figure === 'served' ? Math.abs(change) : Math.round(Math.abs(change) * 1000) / 10
  if (!amount) return { words: '—' }
  const more = change > 0
  return { words: `${more ? '↑' : '↓'} ${amount}`, tone: figure.figure === 'served' ? undefined : more ? 'green' : 'red' }
}
