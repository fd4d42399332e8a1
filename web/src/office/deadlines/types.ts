import type { Answer } from '@/api/types'

export type ClockLine = Answer<'ClockLine'>
export type Clock = Answer<'ClockOut'>
export type Rule = Answer<'RuleOut'>
export type Pack = Answer<'PackOut'>
export type WhatIf = Answer<'WhatIfOut'>
export type YearChange = Answer<'YearChangeOut'>

type Bar = 'calm' | 'soon' | 'late' | 'stopped' | 'done'

/** The bar's look for a clock's tone; an unknown end is drawn as dashes, as a stopped clock is. */
export const barOf = (tone: string): Bar => (tone === 'unknown' ? 'stopped' : (tone as Bar))

export const toneOf = (status: string) => ({ overdue: 'red', met_late: 'red', stopped: 'outline', met: 'green', lapsed: 'amber' })[status] as 'red' | 'outline' | 'green' | 'amber' | undefined

/** A date of the law as day of the week: 0 is Monday. */
export const weekday = (date: string) => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7
