import { api, body } from '@/api/client'
import { nameOf } from '@/i18n'
import type { FoundThing } from '@/shell/rooms'

const AT_MOST = 4

/** Members of staff by what is typed into Ctrl-K: name, pinyin, initials, staff number. */
export async function findPeople(q: string): Promise<FoundThing[]> {
  const found = await body(api.GET('/api/v1/people', { params: { query: { q, limit: AT_MOST } } }))
  return found.items.map((one) => ({ path: `/people?person=${one.id}`, name: one.name, note: one.posts[0] ? `${nameOf(one.posts[0].department)} · ${one.posts[0].title}` : one.login, icon: 'user' }))
}
