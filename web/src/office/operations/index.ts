import type { Room } from '@/shell/rooms'
import words from './words'

const read = ['operations.read']

export const room: Room = {
  key: 'operations',
  group: 'office',
  order: 90,
  words,
  pages: [
    { path: '/operations', label: 'operations.title', icon: 'pulse', needs: read, keywords: 'yunxing yx jobs health 后台任务 健康 失败 重放' },
    { path: '/operations/settings', label: 'operations.settings.title', icon: 'gear', needs: ['operations.settings.read'], aside: true, keywords: 'shezhi sz configuration 配置' },
  ],
  routes: [
    { path: '/operations', component: () => import('./Overview.vue'), meta: { title: 'operations.title', needs: read } },
    { path: '/operations/jobs', component: () => import('./Jobs.vue'), meta: { title: 'operations.jobs.title', needs: read } },
    { path: '/operations/events', component: () => import('./Events.vue'), meta: { title: 'operations.events.title', needs: read } },
    { path: '/operations/timers', component: () => import('./Timers.vue'), meta: { title: 'operations.timers.title', needs: read } },
    { path: '/operations/settings', component: () => import('./Settings.vue'), meta: { title: 'operations.settings.title', needs: ['operations.settings.read'] } },
  ],
}
