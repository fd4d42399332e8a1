import type { Room } from '@/shell/rooms'
import { findSharing } from './finding'
import words from './words'
import './agreements.css'

const needs = ['agreements.read']
const home = { label: 'agreements.title', to: '/sharing/applications' }
const held = { label: 'agreements.tabs.agreements', to: '/sharing/agreements' }

export const room: Room = {
  key: 'agreements',
  group: 'sharing',
  order: 10,
  words,
  pages: [
    { path: '/sharing/applications', label: 'agreements.title', icon: 'file', needs, keywords: 'shenqing xieyi sqxy gongxiang application agreement 申请 协议 共享 争议 需求 dispute wish' },
    { path: '/sharing/asking', label: 'agreements.asking.title', icon: 'lock', needs, keywords: 'shouquan wenda sqwd heyue contract what if matrix 授权 问答 合约 矩阵' },
  ],
  find: { needs, of: findSharing },
  routes: [
    { path: '/sharing/applications', component: () => import('./Applications.vue'), meta: { title: 'agreements.title', needs } },
    { path: '/sharing/apply/:item', component: () => import('./Apply.vue'), meta: { title: 'agreements.apply.title', needs: ['agreements.apply'], crumbs: [home] } },
    { path: '/sharing/applications/:id', component: () => import('./Application.vue'), meta: { title: 'agreements.application.title', needs, crumbs: [home] } },
    { path: '/sharing/applications/:id/edit', component: () => import('./Apply.vue'), meta: { title: 'agreements.apply.title', needs: ['agreements.apply'], crumbs: [home] } },
    { path: '/sharing/agreements', component: () => import('./Agreements.vue'), meta: { title: 'agreements.tabs.agreements', needs } },
    { path: '/sharing/agreements/:id', component: () => import('./Agreement.vue'), meta: { title: 'agreements.agreement.title', needs, crumbs: [home, held] } },
    { path: '/sharing/disputes', component: () => import('./Disputes.vue'), meta: { title: 'agreements.tabs.disputes', needs } },
    { path: '/sharing/disputes/:id', component: () => import('./Dispute.vue'), meta: { title: 'agreements.dispute.title', needs, crumbs: [home, { label: 'agreements.tabs.disputes', to: '/sharing/disputes' }] } },
    { path: '/sharing/wishes', component: () => import('./Wishes.vue'), meta: { title: 'agreements.tabs.wishes', needs } },
    { path: '/sharing/asking', component: () => import('./Asking.vue'), meta: { title: 'agreements.asking.title', needs } },
  ],
}
