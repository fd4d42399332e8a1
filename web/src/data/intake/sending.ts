import { api, body, courier } from '@/api/client'
import { Problem } from '@/api/problem'
import type { Upload } from './types'

const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000]

export interface Sending {
  upload: Upload
  /** Sends the rest, piece by piece; goes on over broken lines. Resolves when the file is whole. */
  finish(told: (sent: number) => void, stopped: () => boolean): Promise<Upload | null>
}

/** Begins to send a file, or goes on with one of the same name and size that was begun before. */
export async function beginSending(file: File): Promise<Sending> {
  const known = await body(api.GET('/api/v1/intake/uploads'))
  const before = known.items.find((one) => one.name === file.name && one.size === file.size && one.state === 'open')
  const upload = before ?? (await body(api.POST('/api/v1/intake/uploads', { body: { name: file.name, size: file.size, digest: '' } })))
  return { upload, finish: (told, stopped) => finish(file, upload, told, stopped) }
}

async function finish(file: File, from: Upload, told: (sent: number) => void, stopped: () => boolean): Promise<Upload | null> {
  let upload = from
  let failed = 0
  while (upload.state === 'open') {
    if (stopped()) return null
    try {
      upload = await sendPiece(upload, file.slice(upload.received, upload.received + upload.piece_bytes))
      failed = 0
      told(upload.received)
    } catch (failure) {
      if (!(failure instanceof Problem) || !mayPass(failure) || failed >= PAUSES_MS.length) throw failure
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[failed]))
      failed += 1
      upload = await body(api.GET('/api/v1/intake/uploads/{upload_id}', { params: { path: { upload_id: upload.id } } })).catch(() => upload)
    }
  }
  return upload
}

const mayPass = (problem: Problem) => problem.status === 0 || problem.status >= 500 || problem.code === 'upload-elsewhere'

async function sendPiece(upload: Upload, piece: Blob): Promise<Upload> {
  const address = new URL(`/api/v1/intake/uploads/${upload.id}?offset=${upload.received}`, location.origin)
  const request = new Request(address, { method: 'PATCH', body: piece, headers: { 'Content-Type': 'application/octet-stream' } })
  return (await (await courier(request)).json()) as Upload
}
