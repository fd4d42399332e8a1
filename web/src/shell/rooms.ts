import type { RouteRecordRaw } from 'vue-router'
import type { IconName } from '@/parts/icons'

/** Groups of the rail, in order. A group without a page that the person may see is not drawn. */
export const groups = ['home', 'data', 'sharing', 'services', 'collaboration', 'insight', 'office'] as const
export type Group = (typeof groups)[number]

/** A page that stands in the rail (and in Ctrl-K). Its name is `t(label)`. */
export interface RoomPage {
  path: string
  label: string
  icon: IconName
  /** Any one of these permissions, held anywhere; none: everyone who is signed in. */
  needs?: string[]
  /** Further words by which Ctrl-K finds it, in both languages. */
  keywords?: string
  /** In the account menu and Ctrl-K only, not in the rail. */
  aside?: boolean
  /** For residents and firms it stands in the rail all the same. */
  outside?: boolean
}

/** Something of a room that Ctrl-K found: an item, a case, a person. */
export interface FoundThing {
  path: string
  name: string
  note: string
  icon: IconName
}

type WordTree = { [name: string]: string | WordTree }

/** What a room brings to the page: put `export const room: Room` into src/<group>/<room>/index.ts and it stands. */
export interface Room {
  key: string
  group: Group
  order: number
  words: { zh: WordTree; en: WordTree }
  pages: RoomPage[]
  routes: RouteRecordRaw[]
  /** Things of the room that Ctrl-K finds by what is typed, for who has any of `needs`. */
  find?: { needs: string[]; of: (text: string) => Promise<FoundThing[]> }
}

const found = import.meta.glob<{ room: Room }>('../*/*/index.ts', { eager: true })

export const rooms: Room[] = Object.values(found)
  .map((module) => module.room)
  .sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group) || a.order - b.order)
