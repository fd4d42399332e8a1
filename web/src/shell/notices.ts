import { ref } from 'vue'
import { courier } from '@/api/client'
import type { Answer } from '@/api/types'

export type Notice = Answer<'NoticeOut'>
export type NoticeCount = Answer<'CountOut'>

type Heard = { is: 'count'; count: NoticeCount } | { is: 'notice'; notice: Notice & { quiet: boolean } } | { is: 'signed_out' }

export const unread = ref(0)
export const urgent = ref(0)

/**
 * Live notices. Browsers allow six connections a host over HTTP/1.1, so one window of a browser holds the stream
 * (whoever has the lock) and tells the others over a channel; when it closes, another takes over.
 */
export class NoticeLine {
  private readonly channel = new BroadcastChannel('zt.notices')
  private source: EventSource | null = null
  private stopped = false
  private release: () => void = () => {}
  private lastSeq: number | null = null
  private retry: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly heard: (event: Heard) => void) {
    this.channel.onmessage = (event: MessageEvent<Heard>) => this.hear(event.data, false)
    void this.refresh()
    const hold = () => new Promise<void>((resolve) => {
      if (this.stopped) return resolve()
      this.release = resolve
      this.open()
    })
    if (navigator.locks) void navigator.locks.request('zt.notices', hold)
    else void hold()
  }

  /** Asks for the count at once: at the start, and when the window was away. */
  async refresh(): Promise<void> {
    const answer = await courier(new Request(`${location.origin}/api/v1/notices/count`)).catch(() => null)
    if (answer && !this.stopped) this.hear({ is: 'count', count: (await answer.json()) as NoticeCount }, false)
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.retry)
    this.source?.close()
    this.channel.close()
    this.release()
  }

  private hear(event: Heard, tell: boolean): void {
    if (this.stopped) return
    if (event.is === 'count') {
      unread.value = event.count.unread
      urgent.value = event.count.urgent
      this.lastSeq = Math.max(this.lastSeq ?? 0, event.count.last_seq)
    }
    if (event.is === 'notice') this.lastSeq = Math.max(this.lastSeq ?? 0, event.notice.seq ?? 0)
    if (tell) this.channel.postMessage(event)
    this.heard(event)
  }

  private open(): void {
    if (this.stopped) return
    const after = this.lastSeq === null ? '' : `&after=${this.lastSeq}`
    const source = new EventSource(`/api/v1/notices/stream?quiet=1${after}`)
    this.source = source
    const read = <T>(event: Event) => JSON.parse((event as MessageEvent<string>).data) as T
    for (const name of ['hello', 'count']) source.addEventListener(name, (event) => this.hear({ is: 'count', count: read<NoticeCount>(event) }, true))
    source.addEventListener('notice', (event) => this.hear({ is: 'notice', notice: read(event) }, true))
    source.addEventListener('bye', (event) => {
      source.close()
      if (read<{ reason: string }>(event).reason === 'signed_out') this.hear({ is: 'signed_out' }, true)
      else this.later(1000)
    })
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) this.later(5000)
    })
  }

  private later(after: number): void {
    clearTimeout(this.retry)
    if (!this.stopped) this.retry = setTimeout(() => this.open(), after)
  }
}
