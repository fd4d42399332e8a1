import { api, body } from '@/api/client'
import { nameOf, say } from '@/i18n'
import type { FoundThing } from '@/shell/rooms'

/** Items by what is typed into Ctrl-K. */
export async function findItems(q: string): Promise<FoundThing[]> {
  const found = await body(api.GET('/api/v1/catalogue/suggestions', { params: { query: { q } } }))
  return found.map((one) => ({ path: `/catalogue/${one.id}`, name: nameOf(one), note: `${say(one.department)} · ${one.code}`, icon: 'list' }))
}
