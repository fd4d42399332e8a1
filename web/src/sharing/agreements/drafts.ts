import type { Choice } from '@/parts/PickField.vue'
import { say as wordsOf } from '@/i18n'
import { cityNow } from '@/parts/now'
import type { Application, Offer } from './types'

/** An application while it is being written, as the controls hold it. */
export interface Draft {
  basis: string
  scene: string
  purpose: string
  responsible: string
  masks: Record<string, string>
  reasons: Record<string, string>
  systems: string[]
  way: string
  quota: string
  rows: string
  from: string
  to: string
  opens: string
  closes: string
  workdays: boolean
  factor: boolean
  cased: boolean
  exception: string
  narrowed: Narrowing[]
  persons: Choice[]
  posts: Choice[]
}

/** Which rows: a field, how it is compared, with what; several values are parted by commas. */
export interface Narrowing {
  field: string
  op: Operator
  value: string
}
export const operators = ['eq', 'in', 'prefix', 'ne', 'ge', 'le', 'gt', 'lt'] as const
export type Operator = (typeof operators)[number]

const minutes = (text: string) => { const [h, m] = text.split(':'); return Number(h) * 60 + Number(m) }
const clock = (minute: number) => (minute >= 1440 ? '23:59' : `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`)
/** A law day is a day of Shanghai. */
const day = (at: Date) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)

interface Kept {
  item_ids: string[]
  fields: Record<string, Record<string, string>>
  purposes: string[]
  ways: string[]
  systems: string[]
  daily_quota: number
  max_rows: number
  valid_from: string
  valid_to: string
  opens: number
  closes: number
  workdays_only: boolean
  second_factor: boolean
  case_required: boolean
  exception: string
  rows: { field: string; op: Operator; value: string | number | (string | number)[] }[]
  persons: string[]
  posts: string[]
}

const parts = (text: string) => text.split(/[\s,\uff0c\u3001;\uff1b]+/).filter(Boolean)
const isWhole = (one: Narrowing) => Boolean(one.field && one.value.trim())

export const dashed = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

export function emptyDraft(): Draft {
  const now = new Date(cityNow())
  const to = new Date(now.getTime() + 365 * 86_400_000)
  return { basis: '', scene: '', purpose: '', responsible: '', masks: {}, reasons: {}, systems: [], way: 'api', quota: '500', rows: '1', from: day(now), to: day(to), opens: '08:00', closes: '18:00', workdays: true, factor: false, cased: true, exception: '', narrowed: [], persons: [], posts: [] }
}

/** The draft of an application that was kept. */
export function draftOf(one: Application): Draft {
  const terms = one.terms as unknown as Kept
  const masks = { ...terms.fields[one.item.id.replaceAll('-', '')] }
  return { basis: one.basis, scene: one.scene, purpose: terms.purposes[0] ?? '', responsible: one.responsible_name, masks, reasons: { ...one.reasons }, systems: terms.systems.map(dashed), way: terms.ways[0] ?? 'api', quota: String(terms.daily_quota), rows: String(terms.max_rows), from: terms.valid_from, to: terms.valid_to, opens: clock(terms.opens), closes: clock(terms.closes), workdays: terms.workdays_only, factor: terms.second_factor, cased: terms.case_required, exception: terms.exception, narrowed: terms.rows.map((row) => ({ field: row.field, op: row.op, value: Array.isArray(row.value) ? row.value.join(', ') : String(row.value) })), persons: terms.persons.map((id) => called(one, id)), posts: terms.posts.map((id) => called(one, id)) }
}

/** Somebody, or a post, by the name that the server gave. */
const called = (one: Application, id: string): Choice => ({ value: dashed(id), label: wordsOf(one.named[id]) || id.slice(0, 8) })

/** What is sent of it. */
export function sent(item: string, one: Draft) {
  return {
    item_id: item,
    basis: one.basis,
    scene: one.scene,
    responsible_name: one.responsible,
    reasons: Object.fromEntries(Object.entries(one.reasons).filter(([name, said]) => one.masks[name] && said.trim())),
    terms: {
      fields: { [item]: one.masks },
      rows: one.narrowed.filter(isWhole).map(({ field, op, value }) => ({ field, op, value: op === 'in' ? parts(value) : value.trim() })),
      purposes: [one.purpose],
      ways: [one.way as 'api'],
      systems: one.systems,
      persons: one.persons.map((each) => each.value),
      posts: one.posts.map((each) => each.value),
      case_required: one.cased,
      exception: one.exception,
      second_factor: one.factor,
      workdays_only: one.workdays,
      opens: minutes(one.opens || '00:00'),
      closes: one.closes === '23:59' || !one.closes ? 1440 : minutes(one.closes),
      daily_quota: Number(one.quota) || 1,
      total_quota: 0,
      rate_per_second: 10,
      max_rows: Number(one.rows) || 1,
      valid_from: one.from,
      valid_to: one.to,
    },
  }
}

/** The ways a field can be given; bands are for what is sensitive. */
export const masksFor = (field: Offer['fields'][number]) => (field.is_key ? ['full', 'pseudonym'] : ['full', 'partial', 'general', 'general:10000', 'general:100000', 'general:yes_no', 'pseudonym'])
