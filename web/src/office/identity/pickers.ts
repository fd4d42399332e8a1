import { api, body } from '@/api/client'
import type { Page } from '@/api/types'
import { nameOf } from '@/i18n'
import type { Choice } from '@/parts/PickField.vue'
import type { Department, Named } from './types'

interface Colleague { id: string; name: string; title: string | null; department: Named | null }

export async function findColleagues(q: string): Promise<Choice[]> {
  const page = await body<Page<Colleague>>(api.GET('/api/v1/colleagues', { params: { query: { q: q || undefined, limit: 20 } } }))
  return page.items.map((one) => ({ value: one.id, label: one.name, note: [nameOf(one.department), one.title].filter(Boolean).join(' · ') }))
}

export async function findDepartments(q: string): Promise<Choice[]> {
  const page = await body<Page<Department>>(api.GET('/api/v1/departments', { params: { query: { q: q || undefined, limit: 30 } } }))
  return page.items.map((one) => ({ value: one.id, label: nameOf(one), note: one.path.map((above) => nameOf(above)).filter((name) => name !== nameOf(one)).slice(-1)[0] ?? '' }))
}
