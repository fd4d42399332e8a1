import type { Answer } from '@/api/types'

export type SourceLine = Answer<'SourceLine'>
export type Source = Answer<'SourceOut'>
export type RunLine = Answer<'RunLine'>
export type Run = Answer<'RunOut'>
export type Batch = Answer<'BatchOut'>
export type Row = Answer<'RowLine'>
export type RowInFull = Answer<'RowOut'>
export type Trial = Answer<'IntakeTrialOut'>
export type Upload = Answer<'UploadOut'>
export type Kind = Source['kind']

type Tone = 'plain' | 'brand' | 'green' | 'amber' | 'red' | 'outline'

export const kinds: Kind[] = ['sql', 'folder', 'upload', 'rest', 'topic', 'mqtt', 'push']
export const runStates = ['waiting', 'running', 'paused', 'landed', 'failed', 'cancelled'] as const
export const sourceStates = ['draft', 'active', 'resting', 'retired'] as const
export const rowStates = ['open', 'replaying', 'landed', 'overtaken', 'discarded'] as const

export const runTone = (state: string): Tone => (({ waiting: 'amber', running: 'brand', paused: 'amber', landed: 'green', failed: 'red', cancelled: 'outline' }) as Record<string, Tone>)[state] ?? 'plain'
export const sourceTone = (state: string): Tone => (({ draft: 'amber', active: 'green', resting: 'outline', retired: 'outline' }) as Record<string, Tone>)[state] ?? 'plain'
export const sureTone = (confidence: string): Tone => (({ sure: 'green', look: 'amber', ask: 'plain', unknowable: 'plain' }) as Record<string, Tone>)[confidence] ?? 'plain'
export const rowTone = (state: string): Tone => (({ open: 'amber', replaying: 'brand', landed: 'green' }) as Record<string, Tone>)[state] ?? 'outline'
export const isUnderWay = (state: string) => state === 'waiting' || state === 'running'

/** 71.6 from 0.7163: one digit after the point, never rounded up to 100. */
export const percent = (share: number) => Math.floor(share * 1000) / 10

/** 1.9 MB from 2000000. */
export function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let at = 0
  let size = bytes
  while (size >= 1000 && at < units.length - 1) { size /= 1000; at += 1 }
  return `${at && size < 100 ? size.toFixed(1) : Math.round(size)} ${units[at]}`
}

/** Where two texts begin and end to differ, so that the wrong character can be shown. */
export function differing(before: string, after: string): [string, string, string] {
  let head = 0
  while (head < before.length && before[head] === after[head]) head += 1
  let tail = 0
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1
  return [before.slice(0, head), before.slice(head, before.length - tail), before.slice(before.length - tail)]
}
