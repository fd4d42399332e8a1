import type { Room } from '@/shell/rooms'
import words from './words'

const needs = ['intake.read']
const home = { label: 'intake.title', to: '/intake' }

export const room: Room = {
  key: 'intake',
  group: 'data',
  order: 30,
  words,
  pages: [{ path: '/intake', label: 'intake.title', icon: 'flow', needs, keywords: 'shujujieru sjjr jieru huiju shujuyuan sjy geliqu glq intake source run quarantine upload 接入 汇聚 数据源 隔离 上传' }],
  routes: [
    { path: '/intake', component: () => import('./Sources.vue'), meta: { title: 'intake.title', needs } },
    { path: '/intake/runs', component: () => import('./Runs.vue'), meta: { title: 'intake.runs.title', needs } },
    { path: '/intake/quarantine', component: () => import('./Quarantine.vue'), meta: { title: 'intake.quarantine.title', needs } },
    { path: '/intake/connect', component: () => import('./Connect.vue'), meta: { title: 'intake.connect.title', needs: ['intake.connect'], crumbs: [home] } },
    { path: '/intake/sources/:id', component: () => import('./Source.vue'), meta: { title: 'intake.source.title', needs, crumbs: [home] } },
    { path: '/intake/sources/:id/setup', component: () => import('./Connect.vue'), meta: { title: 'intake.connect.title', needs: ['intake.connect'], crumbs: [home] } },
    { path: '/intake/runs/:id', component: () => import('./Run.vue'), meta: { title: 'intake.run.title', needs, crumbs: [home] } },
  ],
}
