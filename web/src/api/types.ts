import type { components } from './schema'

type Wire = components['schemas']

/** What the server sends always has every field (a default counts as sent); the document marks those as optional. */
export type Whole<T> = T extends (infer U)[] ? Whole<U>[] : T extends object ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> } : T

/** A shape of the API by its name in the document. */
export type Answer<N extends keyof Wire> = Whole<Wire[N]>

export type Named = Answer<'DepartmentRef'>
export type PostView = Answer<'PostView'>
export type SessionState = Answer<'SessionState'>
export type Factor = SessionState['factors'][number]

export interface Page<T> {
  items: T[]
  next: string | null
  total: number | null
}

/** The header by which an edit says which version it was made on. */
export const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` })
