import type { Answer } from '@/api/types'

export type Thread = Answer<'ThreadOut'>
export type Step = Answer<'ThreadStep'>
export type Proof = Answer<'ThreadProof'>
export type Line = Answer<'ThreadLine'>
export type Check = Answer<'ThreadCheck'>
export type Checked = Answer<'ThreadChecked'>
export type End = Answer<'ThreadEnd'>
export type Kind = Thread['kind']

const kinds: readonly string[] = ['batch', 'item', 'agreement', 'receipt', 'use']
export const kindOf = (told: unknown): Kind => (kinds.includes(String(told)) ? (told as Kind) : 'item')

/** The first thing of a step that is told: what checks found, else how its proof stands. */
export const toneOf = (state: string): 'green' | 'amber' | 'red' | 'plain' =>
  state === 'proven' || state === 'holds' ? 'green' : state === 'broken' || state === 'missing' ? 'red' : state === 'waiting' ? 'amber' : 'plain'
