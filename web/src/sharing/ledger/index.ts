import type { Room } from '@/shell/rooms'
import words from './words'

const needs = ['ledger.read']

export const room: Room = {
  key: 'ledger',
  group: 'sharing',
  order: 30,
  words,
  pages: [{ path: '/ledger', label: 'ledger.title', icon: 'link', needs, keywords: 'lianmenglian lml huizhi hz zhangben zb ledger receipt checkpoint witness verify 账本 回执 检查点 见证人 验证' }],
  routes: [
    { path: '/ledger', component: () => import('./Ledger.vue'), meta: { title: 'ledger.title', needs } },
    { path: '/ledger/entries', component: () => import('./Entries.vue'), meta: { title: 'ledger.tabs.entries', needs } },
    { path: '/ledger/members', component: () => import('./Members.vue'), meta: { title: 'ledger.tabs.members', needs } },
  ],
}
