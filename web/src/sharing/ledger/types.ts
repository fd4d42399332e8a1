import type { Answer } from '@/api/types'

export type Overview = Answer<'LedgerOut'>
export type Checkpoint = Answer<'CheckpointOut'>
export type Witness = Answer<'WitnessOut'>
export type EntryLine = Answer<'EntryLine'>
export type Entry = Answer<'LedgerEntryOut'>
export type Member = Answer<'MemberOut'>
export type Alarm = Answer<'LedgerAlarmOut'>

export const kinds = ['agreement', 'receipt', 'decision', 'item', 'batch', 'member', 'points', 'audit', 'anchor'] as const

/** The word of an entry's type: `agreement.proposed@1` is under `types.agreement_proposed`. */
export const wordOf = (type: string) => `ledger.types.${type.replace(/@\d+$/, '').replace('.', '_')}`

/** A short name fit for a seal of four characters. */
export const sealText = (name: string) => name.replace(/^witness-?/i, 'W').slice(0, 4)
