import type { Answer } from '@/api/types'

export type ElementLine = Answer<'ElementLine'>
export type Element = Answer<'ElementOut'>
export type Definition = Element['content']
export type CodeList = Answer<'ListOut'>
export type Code = Answer<'CodeOut'>

export const types = ['C', 'N', 'D', 'T', 'B'] as const
export const states = ['draft', 'in_force', 'retired'] as const

export const toneOf = (state: string) => ({ draft: 'amber', in_force: 'green', superseded: 'outline', retired: 'outline' })[state] as 'amber' | 'green' | 'outline' | undefined
