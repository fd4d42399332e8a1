import type { Answer } from '@/api/types'

export type CallLine = Answer<'CallLine'>
export type Receipt = Answer<'ReceiptOut'>
export type ServiceLine = Answer<'ServiceLine'>
export type Service = Answer<'ServiceOut'>
export type Monitoring = Answer<'Monitoring'>
export type UsageLine = Answer<'UsageLine'>
export type UsagePage = Answer<'UsagePage'>
export type Doubt = Answer<'DoubtOut'>

export const doubtTone = (state: string): 'amber' | 'green' => (state === 'open' ? 'amber' : 'green')
