import type { Answer } from '@/api/types'

export type EntityLine = Answer<'EntityLine'>
export type Entity = Answer<'EntityOut'>
export type Item = Answer<'EntityItem'>
export type PairLine = Answer<'PairLine'>
export type Pair = Answer<'PairOut'>
export type PairSide = Answer<'PairSide'>
export type Sources = Answer<'EntitySources'>
export type LeadLine = Answer<'LeadLine'>
export type Lead = Answer<'LeadOut'>
export type Kind = EntityLine['kind']
export type LeadState = LeadLine['state']

export const kinds = ['firm', 'person'] as const
export const leadStates = ['open', 'assigned', 'confirmed', 'explained', 'dismissed'] as const
export const outcomes = ['confirmed', 'explained', 'dismissed'] as const

export const toneOf = (state: string) => ({ open: 'amber', assigned: 'brand', confirmed: 'red', explained: 'green', dismissed: 'outline' })[state] as 'amber' | 'brand' | 'red' | 'green' | 'outline' | undefined

/** The bar's look for a clock's tone; an unknown end is drawn as dashes. */
export const barOf = (tone: string) => (tone === 'unknown' ? 'stopped' : tone) as 'calm' | 'soon' | 'late' | 'stopped' | 'done'

/** How sure, in a word; the number stands beside it. */
export const sureness = (probability: number) => (probability >= 0.9 ? 'high' : probability >= 0.6 ? 'middle' : 'low')

/** First eight digits of a batch's id, as they are told on the page of runs. */
export const shortBatch = (id: string) => id.slice(0, 8)
