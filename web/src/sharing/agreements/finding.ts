import { api, body } from '@/api/client'
import { nameOf, say } from '@/i18n'
import type { FoundThing } from '@/shell/rooms'

const AT_MOST = 3

/** Applications and agreements by what is typed into Ctrl-K: a number, an item's or a department's name. */
export async function findSharing(q: string): Promise<FoundThing[]> {
  const query = { q, limit: AT_MOST }
  const [asked, agreed] = await Promise.all([
    body(api.GET('/api/v1/sharing/applications', { params: { query } })),
    body(api.GET('/api/v1/sharing/agreements', { params: { query } })),
  ])
  return [
    ...agreed.items.map((one): FoundThing => ({ path: `/sharing/agreements/${one.id}`, name: `${one.number} ${nameOf(one.item)}`, note: `${nameOf(one.consumer)} · ${say(one.label)}`, icon: 'pen' })),
    ...asked.items.map((one): FoundThing => ({ path: `/sharing/applications/${one.id}`, name: `${one.number} ${nameOf(one.item)}`, note: `${nameOf(one.department)} · ${say(one.label)}`, icon: 'file' })),
  ]
}
