import type { Room } from '@/shell/rooms'
import { findItems } from './finding'
import words from './words'

const needs = ['catalogue.read']
const edits = ['catalogue.edit']
const home = { label: 'catalogue.title', to: '/catalogue' }

export const room: Room = {
  key: 'catalogue',
  group: 'data',
  order: 5,
  words,
  pages: [
    { path: '/catalogue', label: 'catalogue.title', icon: 'list', needs, keywords: 'shujumulu sjml mulu ml shujuxiang sjx catalogue items 数据项 信息资源 字段' },
    { path: '/catalogue/reviews', label: 'catalogue.reviews.title', icon: 'check', needs: ['catalogue.review'], aside: true, keywords: 'mulushenhe mlsh shenhe review publish 审核 发布 驳回' },
    { path: '/catalogue/import', label: 'catalogue.importing.title', icon: 'upload', needs: edits, aside: true, keywords: 'piliangdaoru pldr import bulk 批量 导入' },
    { path: '/catalogue/harvests', label: 'catalogue.harvests.title', icon: 'globe', needs: edits, aside: true, keywords: 'waibumulu wbml dcat harvest foreign 外部目录 采集 收割' },
    { path: '/catalogue/new', label: 'catalogue.edit.newTitle', icon: 'plus', needs: edits, aside: true, keywords: 'dengji dj register 登记 新建' },
  ],
  find: { needs, of: findItems },
  routes: [
    { path: '/catalogue', component: () => import('./Search.vue'), meta: { title: 'catalogue.title', needs } },
    { path: '/catalogue/reviews', component: () => import('./Reviews.vue'), meta: { title: 'catalogue.reviews.title', needs, crumbs: [home] } },
    { path: '/catalogue/import', component: () => import('./Import.vue'), meta: { title: 'catalogue.importing.title', needs: edits, crumbs: [home] } },
    { path: '/catalogue/harvests', component: () => import('./Harvests.vue'), meta: { title: 'catalogue.harvests.title', needs: edits, crumbs: [home] } },
    { path: '/catalogue/harvests/:id', component: () => import('./Harvest.vue'), meta: { title: 'catalogue.harvests.title', needs: edits, crumbs: [home] } },
    { path: '/catalogue/new', component: () => import('./Edit.vue'), meta: { title: 'catalogue.edit.newTitle', needs: edits, crumbs: [home] } },
    { path: '/catalogue/:id', component: () => import('./Item.vue'), meta: { title: 'catalogue.item.title', needs, crumbs: [home] } },
    { path: '/catalogue/:id/edit', component: () => import('./Edit.vue'), meta: { title: 'catalogue.edit.title', needs: edits, crumbs: [home] } },
  ],
}
