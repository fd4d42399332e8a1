import { api, body } from '@/api/client'
import type { Answer } from '@/api/types'
import { nameOf } from '@/i18n'
import type { Choice } from '@/parts/PickField.vue'
import type { Rule } from './types'

/** A rule while it is being written: every part as the controls hold it. */
export interface Draft {
  form: string
  fields: string[]
  dimension: string
  severity: string
  weight: string
  name_zh: string
  name_en: string
  threshold: string
  least: string
  most: string
  pattern: string
  code_list: string
  days: string
  every: boolean
  item: string
  item_fields: string[]
  value: string
  item_value: string
  expression: string
}

const start: Draft = { form: 'expression', fields: [], dimension: 'consistency', severity: 'major', weight: '3', name_zh: '', name_en: '', threshold: '', least: '', most: '', pattern: '', code_list: '', days: '', every: false, item: '', item_fields: [], value: '', item_value: '', expression: '' }

export function emptyRule(rule?: Rule): Draft {
  if (!rule) return { ...start, fields: [], item_fields: [] }
  const kept = rule.content as Partial<Record<keyof Draft, unknown>>
  const held = Object.fromEntries(Object.keys(start).map((name) => [name, kept[name as keyof Draft] ?? start[name as keyof Draft]])) as unknown as Draft
  return { ...held, fields: [...((kept.fields as string[]) ?? [])], item_fields: [...((kept.item_fields as string[]) ?? [])], weight: String(rule.weight), days: String(kept.days ?? '') }
}

type Sent = Answer<'QualityRuleIn'>

/** What is sent: only the parts that the form uses. */
export function sentRule(draft: Draft): Sent {
  const uses = (...forms: string[]) => forms.includes(draft.form)
  const across = uses('exists', 'equal')
  return {
    form: draft.form,
    fields: uses('expression') ? [] : draft.fields.filter(Boolean).slice(0, uses('completeness', 'unique') ? 6 : 1),
    dimension: draft.dimension,
    severity: draft.severity,
    weight: Number(draft.weight) || 1,
    name_zh: draft.name_zh.trim(),
    name_en: draft.name_en,
    threshold: draft.threshold.trim(),
    least: uses('range') ? draft.least.trim() : '',
    most: uses('range') ? draft.most.trim() : '',
    pattern: uses('pattern') ? draft.pattern : '',
    code_list: uses('codes') ? draft.code_list : '',
    days: uses('freshness') && draft.days ? Number(draft.days) : null,
    every: uses('freshness') && draft.every,
    item: across && draft.item ? draft.item : null,
    item_fields: across ? draft.item_fields.filter(Boolean).slice(0, 1) : [],
    value: uses('equal') ? draft.value : '',
    item_value: uses('equal') ? draft.item_value : '',
    expression: uses('expression') ? draft.expression : '',
  } as unknown as Sent
}

/** Items that were measured, by name: those one can compare with. */
export async function findItems(q: string): Promise<Choice[]> {
  const page = await body(api.GET('/api/v1/quality/items', { params: { query: { q: q || undefined, limit: 20 } } }))
  return page.items.map((one) => ({ value: one.item.id, label: nameOf(one.item), note: [one.item.code, nameOf(one.item.department)].join(' · ') }))
}
