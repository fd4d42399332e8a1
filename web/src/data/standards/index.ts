import type { Room } from '@/shell/rooms'
import words from './words'

const needs = ['standards.read']

export const room: Room = {
  key: 'standards',
  group: 'data',
  order: 10,
  words,
  pages: [{ path: '/standards', label: 'standards.title', icon: 'data', needs, keywords: 'shujubiaozhun sjbz shujuyuan sjy daimabiao dmb data element code list 数据元 代码表 校验' }],
  routes: [
    { path: '/standards', component: () => import('./Elements.vue'), meta: { title: 'standards.title', needs } },
    { path: '/standards/lists', component: () => import('./Lists.vue'), meta: { title: 'standards.lists.title', needs } },
  ],
}
