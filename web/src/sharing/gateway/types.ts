import type { Answer } from '@/api/types'

export type CallLine = Answer<'CallLine'>
export type Receipt = Answer<'ReceiptOut'>
export type ServiceLine = Answer<'ServiceLine'>
export type Service = Answer<'ServiceOut'>
export type Monitoring = Answer<'Monitoring'>
export type UsageLine = Answer<'UsageLine'>
export type UsagePage = Answer<'UsagePage'>
export type Exchange = Answer<'ExchangeOut'>
export type ExchangeStep = Answer<'ExchangeStepOut'>
export type SentFile = Answer<'FileOut'>
export type Trace = Answer<'TraceOut'>
export type DailyUse = Answer<'DailyUse'>
export type Doubt = Answer<'DoubtOut'>

export const doubtTone = (state: string): 'amber' | 'green' => (state === 'open' ? 'amber' : 'green')

type Tone = 'amber' | 'brand' | 'green' | 'outline' | 'red'
export const exchangeTone = (one: Pick<Exchange, 'state' | 'trouble'>): Tone => (one.state === 'held' ? 'red' : one.state === 'paused' || (one.state === 'active' && one.trouble) ? 'amber' : one.state === 'active' ? 'green' : 'outline')
export const fileTone = (state: string): Tone => (({ waiting: 'brand', ready: 'green', failed: 'red', expired: 'outline' }) as Record<string, Tone>)[state] ?? 'outline'

/** Bytes as people say them. */
export const sizeOf = (bytes: number): string => (bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`)
