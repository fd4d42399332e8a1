import type { Named, SessionState } from '@/api/types'

export type { Named, SessionState }

export interface Person {
  id: string
  version: number
  name: string
  login: string
  phone: string | null
  email: string | null
  staff_number: string | null
  active: boolean
  created_at: string
  posts: Post[]
  deputies: Acting[]
  stands_in: Acting[]
  abilities: Record<string, boolean>
}

export interface PersonLine {
  id: string
  name: string
  login: string
  active: boolean
  staff_number: string | null
  posts: { id: string; title: string; department: Named }[]
}

export interface Post {
  id: string
  version: number
  person_id: string
  department: Named
  title: string
  from_on: string
  until_on: string | null
  roles: { key: string; zh: string; en: string }[]
  current: boolean
  abilities: Record<string, boolean>
}

export interface Acting {
  id: string
  absent: { post_id: string; title: string; person: { id: string; name: string }; department: Named }
  deputy: { id: string; name: string }
  from_on: string
  until_on: string
  reason: string
  ended_at: string | null
  current: boolean
  abilities: Record<string, boolean>
}

export interface DepartmentNode {
  id: string
  parent_id: string | null
  name_zh: string
  name_en: string
  short_name: string
  level: string
  kind: string
  closed_on: string | null
  people: number
}

export interface Department extends DepartmentNode {
  version: number
  code: string | null
  position: number
  cdo: { id: string; name: string } | null
  merged_into_id: string | null
  path: Named[]
  abilities: Record<string, boolean>
}

export interface Role {
  key: string
  version: number
  zh: string
  en: string
  about_zh: string
  about_en: string
  scope: string
  builtin: boolean
  delegable: boolean
  permissions: string[]
  posts: number
  abilities: Record<string, boolean>
}

export interface PermissionLine {
  name: string
  zh: string
  en: string
  step_up: boolean
  room: string
}

export interface Link {
  link: string
  expires_at: string
}
