import { api, body } from '@/api/client'
import { nameOf } from '@/i18n'
import type { Choice } from '@/parts/PickField.vue'

export async function findColleagues(q: string): Promise<Choice[]> {
  const page = await body(api.GET('/api/v1/colleagues', { params: { query: { q: q || undefined, limit: 20 } } }))
  return page.items.map((one) => ({ value: one.id, label: one.name, note: [nameOf(one.department), one.title].filter(Boolean).join(' · ') }))
}

/** A department known by its name, as the choice that a field begins with. */
export const choiceOf = (department: { id: string; name_zh: string; name_en: string } | undefined): Choice | null => (department ? { value: department.id, label: nameOf(department) } : null)

export async function findDepartments(q: string): Promise<Choice[]> {
  const page = await body(api.GET('/api/v1/departments', { params: { query: { q: q || undefined, limit: 30 } } }))
  return page.items.map((one) => ({ value: one.id, label: nameOf(one), note: nameOf(one) === one.name_zh ? one.short_name : undefined }))
}
