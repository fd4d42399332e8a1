import type { Answer } from '@/api/types'

export type JobRow = Answer<'JobOut'>
export type Timer = Answer<'TimerOut'>

export const jobTone = (state: string) => ({ waiting: 'amber', running: 'brand', retrying: 'amber', done: 'green', dead: 'red', failed: 'red', delivered: 'green' })[state] as 'amber' | 'brand' | 'green' | 'red' | undefined

/** Bytes in the largest unit that keeps one digit before the point. */
export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined) return '—'
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let left = count
  let unit = 0
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024
    unit += 1
  }
  return `${left.toFixed(unit && left < 10 ? 1 : 0)} ${units[unit]}`
}
