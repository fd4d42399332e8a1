import type { Room } from '@/shell/rooms'
import words from './words'

/** Only in a demo: its clock, the guided tour, beginning anew. It has no page of its own. */
export const room: Room = { key: 'tour', group: 'insight', order: 90, words, pages: [], routes: [] }
