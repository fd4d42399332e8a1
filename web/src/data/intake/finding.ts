import { api, body } from '@/api/client'
import { nameOf } from '@/i18n'
import type { Choice } from '@/parts/PickField.vue'

/** Departments for a choice. */
export async function findDepartments(q: string): Promise<Choice[]> {
  const page = await body(api.GET('/api/v1/departments', { params: { query: { q: q || undefined, limit: 30 } } }))
  return page.items.map((one) => ({ value: one.id, label: nameOf(one), note: nameOf(one) === one.name_zh ? one.short_name : undefined }))
}

/** Items of the catalogue for a choice. */
export async function findItems(q: string): Promise<Choice[]> {
  const page = await body(api.GET('/api/v1/catalogue/items', { params: { query: { q: q || undefined, limit: 20 } } }))
  return page.items.map((one) => ({ value: one.id, label: nameOf(one), note: one.code }))
}

/** Five-part cron in words, for the plans that the page offers; others are shown as they are. */
export const plans = ['', '*/10 * * * *', '0 * * * *', '0 2 * * *', '0 2 * * 1', '0 2 5 * *'] as const
