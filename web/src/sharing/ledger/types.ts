import { Problem } from '@/api/problem'
import type { Answer } from '@/api/types'
import { say } from '@/shell/dialogs'

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

/** Does it and says so; what was refused is said in its own words. */
export async function attempt(deed: () => Promise<unknown>, done = ''): Promise<void> {
  try {
    await deed()
    if (done) say(done)
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure
    if (failure.code !== 'step-up-needed') say(failure.message, { tone: 'red', stays: 9000 })
  }
}

/** A short name fit for a seal of four characters. */
export const sealText = (name: string) => name.replace(/^witness-?/i, 'W').slice(0, 4)
