import { courier } from '@/api/client'

/** Sends a file and reads the answer; failures are Problems, as everywhere. */
export async function sendFile<Told>(path: string, file: File, plan?: string): Promise<Told> {
  const address = new URL(path, location.origin)
  if (plan) address.searchParams.set('plan', plan)
  const content = new FormData()
  content.append('file', file)
  const answer = await courier(new Request(address, { method: 'POST', body: content }))
  return (await answer.json()) as Told
}
