import { api, body } from '@/api/client'
import { say } from '@/i18n'
import type { FoundThing } from '@/shell/rooms'

const LEAST = 6

/** Threads by the number of a receipt or a batch; items and agreements are found by their own rooms. */
export async function findThreads(q: string): Promise<FoundThing[]> {
  if (q.length < LEAST || !/\d/.test(q)) return []
  const found = await body(api.GET('/api/v1/thread', { params: { query: { q } } }))
  return found
    .filter((one) => one.kind === 'receipt' || one.kind === 'batch')
    .map((one) => ({ path: `/thread/${one.kind}/${encodeURIComponent(one.id)}`, name: say(one.title), note: say(one.said), icon: 'pulse' }))
}
