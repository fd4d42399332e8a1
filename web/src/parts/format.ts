import { useI18n } from 'vue-i18n'
import { cityNow } from './now'

/** Law days are dates of Asia/Shanghai, so every time on a page is that of the city, wherever the reader sits. */
const ZONE = 'Asia/Shanghai'

type Instant = string | number | Date

export interface Format {
  day(at: Instant): string
  minute(at: Instant): string
  second(at: Instant): string
  clock(at: Instant): string
  long(at: Instant): string
  ago(at: Instant, now?: number): string
  number(value: number): string
  share(value: number): string
  span(seconds: number): string
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86400], ['hour', 3600], ['minute', 60]]

function parts(at: Instant): Record<string, string> {
  const style = { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  return Object.fromEntries(new Intl.DateTimeFormat('en-GB', style).formatToParts(new Date(at)).map((part) => [part.type, part.value]))
}

export function formatFor(language: string): Format {
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const day = (at: Instant) => { const p = parts(at); return `${p.year}-${p.month}-${p.day}` }
  const clock = (at: Instant) => { const p = parts(at); return `${p.hour}:${p.minute}` }
  return {
    day,
    clock,
    minute: (at) => `${day(at)} ${clock(at)}`,
    second: (at) => `${day(at)} ${clock(at)}:${parts(at).second}`,
    long: (at) => new Intl.DateTimeFormat(language, { timeZone: ZONE, month: 'long', day: 'numeric', weekday: 'short' }).format(new Date(at)),
    ago(at, now = cityNow()) {
      const seconds = (new Date(at).getTime() - now) / 1000
      for (const [unit, size] of steps) if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit)
      return words.format(0, 'second')
    },
    number: (value) => new Intl.NumberFormat(language).format(value),
    share: (value) => new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(value),
    span(seconds) {
      const minutes = Math.floor(Math.max(0, seconds) / 60)
      return `${minutes}:${String(Math.floor(Math.max(0, seconds) % 60)).padStart(2, '0')}`
    },
  }
}

/** Formats in the reader's language; stays right when it changes. */
export function useFormat(): Format {
  const { locale } = useI18n()
  const made = new Map<string, Format>()
  const current = () => {
    const known = made.get(locale.value) ?? formatFor(locale.value)
    made.set(locale.value, known)
    return known
  }
  return new Proxy({} as Format, { get: (_, name) => current()[name as keyof Format] })
}
