import type { Room } from '@/shell/rooms'
import words from './words'

export const room: Room = {
  key: 'home',
  group: 'home',
  order: 0,
  words,
  pages: [{ path: '/happenings', label: 'home.happenings.title', icon: 'pulse', needs: ['home.figures'], aside: true, keywords: 'dongtai dt happened today 动态 今天发生' }],
  routes: [
    { path: '/', name: 'home', component: () => import('./Home.vue'), meta: { title: 'shell.home' } },
    { path: '/happenings', component: () => import('./Happenings.vue'), meta: { title: 'home.happenings.title', needs: ['home.figures'] } },
  ],
}
