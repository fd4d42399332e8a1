import type { Room } from '@/shell/rooms'
import words from './words'

const needs = ['quality.read']
const home = { label: 'quality.title', to: '/quality' }

export const room: Room = {
  key: 'quality',
  group: 'data',
  order: 40,
  words,
  pages: [{ path: '/quality', label: 'quality.title', icon: 'check', needs, keywords: 'shujuzhiliang sjzl zhiliang jiaohe xiaohe quality score correction ticket 质量 校核 疑义 规则' }],
  routes: [
    { path: '/quality', component: () => import('./Board.vue'), meta: { title: 'quality.title', needs } },
    { path: '/quality/items', component: () => import('./Items.vue'), meta: { title: 'quality.items.title', needs } },
    { path: '/quality/items/:id', component: () => import('./Item.vue'), meta: { title: 'quality.item.title', needs, crumbs: [home, { label: 'quality.items.title', to: '/quality/items' }] } },
    { path: '/quality/tickets', component: () => import('./Tickets.vue'), meta: { title: 'quality.tickets.title', needs } },
    { path: '/quality/tickets/:id', component: () => import('./Ticket.vue'), meta: { title: 'quality.ticket.title', needs, crumbs: [home, { label: 'quality.tickets.title', to: '/quality/tickets' }] } },
  ],
}
