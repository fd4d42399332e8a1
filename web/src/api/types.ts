/** Shapes the shell itself reads. Rooms take theirs from the generated `components['schemas']`. */
export interface Named {
  id: string
  name_zh: string
  name_en: string
}

export interface PostView {
  id: string
  title: string
  department: Named
  acting: { id: string; for_name: string; until: string } | null
}

export type Factor = 'totp' | 'passkey' | 'recovery'

export interface SessionState {
  stage: 'none' | 'second_factor' | 'set_up' | 'full'
  factors: Factor[]
  set_up: ('password' | 'second_factor')[]
  subject: { id: string; kind: string; name: string; login: string | null } | null
  language: 'zh' | 'en' | null
  post: PostView | null
  posts: PostView[]
  permissions: string[]
  city_wide: string[]
  second_factor_at: string | null
  stepped_up_until: string | null
  idle_ends_at: string | null
  ends_at: string | null
  warn_before_s: number
  idle_s: number
  recovery_codes_left: number | null
  demo: boolean
  city: { zh: string; en: string }
}

export interface Page<T> {
  items: T[]
  next: string | null
  total: number | null
}
