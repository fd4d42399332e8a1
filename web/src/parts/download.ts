import { courier } from '@/api/client'

/** Fetches a file (so that step-up and refusals are heard) and hands it to the browser under its name. */
export async function download(path: string, query: Record<string, string | undefined>, name: string): Promise<void> {
  const address = new URL(path, location.origin)
  for (const [key, value] of Object.entries(query)) if (value) address.searchParams.set(key, value)
  const answer = await courier(new Request(address))
  const given = /filename\*?=(?:UTF-8'')?"?([^";]+)/i.exec(answer.headers.get('Content-Disposition') ?? '')?.[1]
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await answer.blob())
  link.download = given ? decodeURIComponent(given) : name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
