import type { Answer } from '@/api/types'

export type ImportLine = Answer<'ImportLine'>
export type ImportRow = Answer<'ImportRow'>
type Tone = 'green' | 'amber' | 'brand' | 'red' | 'plain'

export const stateTone = (state: string): Tone => (({ draft: 'amber', applying: 'brand', done: 'green' }) as Record<string, Tone>)[state] ?? 'plain'
export const outcomeTone = (outcome: ImportRow['outcome']): Tone => ({ add: 'green', change: 'brand', unchanged: 'plain', error: 'red' } as const)[outcome]
