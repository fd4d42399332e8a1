import type { Room } from '@/shell/rooms'
import { findThreads } from './finding'
import words from './words'

export const room: Room = {
  key: 'thread',
  group: 'insight',
  order: 20,
  words,
  pages: [{ path: '/thread', label: 'thread.title', icon: 'pulse', needs: ['catalogue.read'], keywords: 'lailongqumai llqm yixiandaodi zhengming suyuan thread lineage proof provenance 一线到底 溯源 证明 去向' }],
  find: { needs: ['catalogue.read'], of: findThreads },
  routes: [
    { path: '/thread', component: () => import('./Find.vue'), meta: { title: 'thread.title' } },
    { path: '/thread/:kind/:id(.*)', component: () => import('./Thread.vue'), meta: { title: 'thread.title', crumbs: [{ label: 'thread.title', to: '/thread' }] } },
  ],
}
