import type { Answer } from '@/api/types'

export type CallLine = Answer<'CallLine'>
export type Receipt = Answer<'ReceiptOut'>
export type ServiceLine = Answer<'ServiceLine'>
export type Service = Answer<'ServiceOut'>
export type Monitoring = Answer<'Monitoring'>
export type UsageLine = Answer<'UsageLine'>
export type UsagePage = Answer<'UsagePage'>
export type Doubt = Answer<'DoubtOut'>

/** Four characters for a department's seal: its own, and the city's. */
export const sealOf = (name: string): string => (name.replace(/^.*?市(?=.)/, '').replace(/(和|与)/g, '').slice(0, 2) || '政务') + '云溪'

export const doubtTone = (state: string): 'amber' | 'green' => (state === 'open' ? 'amber' : 'green')
