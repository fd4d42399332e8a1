import type { Proposal } from './types'

export interface DraftField {
  name: string
  name_zh: string
  type: string
  length: string
  precision: string
  element_code: string
  code_list: string
  level: string
  is_key: boolean
  required: boolean
  meaning: string
}

const texts = ['name_zh', 'name_en', 'abstract', 'class_code', 'format', 'resource_type', 'share_type', 'share_condition', 'share_method', 'share_basis', 'share_basis_text', 'open_type', 'open_condition', 'channel', 'update_cycle', 'level'] as const
export type Draft = Record<(typeof texts)[number], string> & { department_id: string; number: string; note: string; related: string[]; fields: DraftField[] }

export const emptyField = (): DraftField => ({ name: '', name_zh: '', type: 'C', length: '', precision: '', element_code: '', code_list: '', level: '', is_key: false, required: false, meaning: '' })

export const blank = (): Draft => ({
  name_zh: '', name_en: '', abstract: '', class_code: '', format: 'database', resource_type: 'table', share_type: 'conditional', share_condition: '', share_method: 'service',
  share_basis: '', share_basis_text: '', open_type: 'disallowed', open_condition: '', channel: 'government', update_cycle: 'month', level: '',
  department_id: '', number: '', note: '', related: [], fields: [emptyField()],
})

const number = (value: unknown) => (value === null || value === undefined ? '' : String(value))

/** A kept version as the form holds it. */
export function draftOf(content: Record<string, unknown>): Partial<Draft> {
  const fields = (content.fields as Record<string, unknown>[]).map((one) => ({ ...emptyField(), ...one, length: number(one.length), precision: number(one.precision) }) as DraftField)
  return { ...Object.fromEntries(texts.map((name) => [name, number(content[name])])), related: content.related as string[], fields }
}

/** A draft as it stands on the server: what it says, and the item's version that a change must name. */
export interface Kept {
  version: number
  content: Partial<Draft>
}

export const copied = <T>(one: T): T => JSON.parse(JSON.stringify(one)) as T

/** Does `whole` say all that `part` says? */
export const holds = (whole: Partial<Draft>, part: Partial<Draft>) => Object.entries(part).every(([name, value]) => JSON.stringify(whole[name as keyof Draft]) === JSON.stringify(value))

/** A proposed field as the form holds it. */
export const fieldOf = (one: Proposal['fields'][number]): DraftField => ({
  ...emptyField(), name: one.name, name_zh: one.name_zh, type: one.type, length: number(one.length), precision: number(one.precision), element_code: one.element_code, level: one.level, is_key: one.is_key, required: one.required,
})

/** What is sent: numbers as numbers, nothing where nothing was said. */
export function told(draft: Draft): Record<string, unknown> {
  const whole = (text: string) => (text === '' ? null : Number(text))
  return {
    ...Object.fromEntries(texts.map((name) => [name, draft[name]])),
    level: draft.level || null,
    share_basis: draft.share_type === 'refused' ? draft.share_basis : '',
    share_basis_text: draft.share_type === 'refused' ? draft.share_basis_text : '',
    related: draft.related,
    fields: draft.fields.filter((one) => one.name || one.name_zh).map((one) => ({
      name: one.name, name_zh: one.name_zh, type: one.type, length: whole(one.length), precision: whole(one.precision), element_code: one.element_code, code_list: one.code_list, level: one.level || null, is_key: one.is_key, required: one.required, meaning: one.meaning,
    })),
  }
}

const ladder = ['general_1', 'general_2', 'general_3', 'general_4', 'important', 'core']

/** The strictest level that a field declares; empty when none does. */
export function strictest(fields: DraftField[]): string {
  return ladder[Math.max(-1, ...fields.map((one) => ladder.indexOf(one.level)))] ?? ''
}
