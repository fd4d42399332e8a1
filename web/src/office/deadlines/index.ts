import type { Room } from '@/shell/rooms'
import words from './words'

export const room: Room = {
  key: 'deadlines',
  group: 'services',
  order: 80,
  words,
  pages: [
    { path: '/deadlines', label: 'deadlines.title', icon: 'clock', keywords: 'shixian sx rili deadline calendar 到期 超期 工作日 节假日 调休 规则包' },
    { path: '/deadlines/what-if', label: 'deadlines.whatIf.title', icon: 'calendar', aside: true, keywords: 'tuisuan ts what if 几号到期 推算' },
  ],
  routes: [
    { path: '/deadlines', component: () => import('./Clocks.vue'), meta: { title: 'deadlines.title' } },
    { path: '/deadlines/rules', component: () => import('./Rules.vue'), meta: { title: 'deadlines.rules.title' } },
    { path: '/deadlines/what-if', component: () => import('./WhatIf.vue'), meta: { title: 'deadlines.whatIf.title' } },
    { path: '/deadlines/calendar', component: () => import('./Calendar.vue'), meta: { title: 'deadlines.calendar.title' } },
  ],
}
